import { priorities, type JobRequest } from "@herald/shared/jobs/job";
import { FREE_STRETCHES } from "./fair-lines.ts";

// Start-time fair queueing (Goyal, Vin, Cheng: SIGCOMM 1996) over the characters of jobs. Virtual time is counted in
// characters. A job starts where its tenant's former job ends, or now, whichever is later; it ends its characters, divided by
// the tenant's weight, after its start; whoever starts first is taken first. "Now" is the start of the job at the
// head of the queue. A tenant that has nothing waiting stands just before that one, and behind others that came so, however
// much anybody has.
//
// Each lane of a tenant (0 high, 1 normal, 2 low) has a line of its own, which does not wait for the lanes below. What
// a job takes is charged to its own lane and to those below it, so that using several lanes yields no larger share for long.
//
// A job that ends before it was begun gives back what it took, to all lanes that were charged; fair-lines.ts says how.
//
// A place becomes a BullMQ score: 2^32 (priority 1) for the clock's base, and 2^16 for each character after it, whose
// two lowest bits are the lane. 65,536 characters thus share a priority, their order is in BullMQ's tie-break, and
// 2^53, where a double stops counting, is 137 thousand million characters away. Places beyond share the last score.
//
// An entry that goes back to the queue, retried or handed back, is put by BullMQ at the front of its own priority. Its turn
// had come before, so that is the head or close to it.

/** Entries that can be moved in one step without anybody noticing: 10,000 take some 40 ms of Redis. */
const EASY_REBASE = 10_000;

/** What a job costs beside its characters: taking, encoding, storing and reporting one cost as much as some short sentence. */
const CHARS_OF_A_JOB = 50;

/** In which lane of its tenant a job stands, and how much of the tenant's share it takes. */
export function fairShareOf({ priority, textChars }: JobRequest, weight: number) {
  return { lane: priorities.indexOf(priority), cost: (CHARS_OF_A_JOB + textChars) / weight };
}

/**
 * fairPlace  the place of a job that arrives now, charged to its tenant, as its record keeps it, and the score for it
 * fairScore  the score for such a place
 */
export const FAIR_PLACE = `${FREE_STRETCHES}
local FIRST, LAST, PER_CHAR = 2^32, 2^53 - 4, 2^16
-- Of a character: equal scores would be taken in the order of ids, and the head's is the older one.
local JUST_BEFORE = 2^-10
local LANES_KEPT_MS = 30 * 24 * 3600 * 1000

local function scoreAt(base, start, lane)
  return math.min(LAST, FIRST + math.floor(math.max(0, start - base) * PER_CHAR / 4) * 4) + lane
end

-- Moves the base up to now. What is at work or delayed has had its turn: it comes back to the head of the line.
local function rebase(queue, base, now)
  local shift = math.floor(now - base) * PER_CHAR
  local waiting = redis.call("ZRANGE", queue.prioritized, 0, -1, "WITHSCORES")
  for i = 1, #waiting, 2 do
    local score = math.max(FIRST, tonumber(waiting[i + 1]) - shift)
    redis.call("ZADD", queue.prioritized, score, waiting[i])
    redis.call("HSET", queue.prefix .. waiting[i], "priority", math.floor(score / 2^32))
  end
  local function toHead(ids)
    for _, id in ipairs(ids) do
      if redis.call("HEXISTS", queue.prefix .. id, "priority") == 1 then
        redis.call("HSET", queue.prefix .. id, "priority", 1)
      end
    end
  end
  toHead(redis.call("LRANGE", queue.active, 0, -1))
  toHead(redis.call("ZRANGE", queue.delayed, 0, -1))
  return base + math.floor(now - base)
end

-- At half of the range when that is easy, and before its last eighth in any case.
local function rebaseIfDue(queue, base, now)
  local used = (now - base) * PER_CHAR / (LAST - FIRST)
  if used > 7 / 8 or (used > 1 / 2 and redis.call("ZCARD", queue.prioritized) <= ${EASY_REBASE}) then
    return rebase(queue, base, now)
  end
  return base
end

-- {virtual time, the base of the scores, the last start given out}
local function readClock(queue, clockKey)
  local clock = redis.call("HMGET", clockKey, "virtual", "latest", "base")
  local virtual, latest, base = tonumber(clock[1] or 0), tonumber(clock[2] or 0), tonumber(clock[3] or 0)
  local head = redis.call("ZRANGE", queue.prioritized, 0, 0, "WITHSCORES")
  if head[2] then
    return math.max(virtual, base + (tonumber(head[2]) - FIRST) / PER_CHAR), base, latest
  end
  return math.max(virtual, latest), base, latest
end

-- A place is the job's cost and its start, and then each lower lane, with the start there, where that is another.
local function fairScore(clockKey, place, lane)
  return scoreAt(tonumber(redis.call("HGET", clockKey, "base") or 0), tonumber(string.match(place, " (%S+)")), lane)
end

local function fairPlace(queue, clockKey, lanesKey, job)
  local now, base, latest = readClock(queue, clockKey)
  base = rebaseIfDue(queue, base, now)
  local lines = redis.call("HMGET", lanesKey, 0, 1, 2, "free")
  local free = lines[4] and cjson.decode(lines[4])
  local ends, own, place = {}, nil, nil
  for lane = job.lane, 2 do
    local start = free and takeFree(free[lane + 1], now, job.cost)
    if not start then
      start = tonumber(lines[lane + 1] or 0)
      table.insert(ends, lane)
      table.insert(ends, string.format("%.3f", math.max(now, start) + job.cost))
    end
    start = math.max(now - JUST_BEFORE, start)
    if not own then
      own, place = start, string.format("%.3f %.3f", job.cost, start)
    elseif math.abs(start - own) > TOUCHING then
      place = place .. string.format(" %d %.3f", lane, start)
    end
  end
  if #ends > 0 then redis.call("HSET", lanesKey, unpack(ends)) end
  if free then keepFree(lanesKey, free, now) end
  if redis.call("PTTL", lanesKey) < LANES_KEPT_MS then redis.call("PEXPIRE", lanesKey, 2 * LANES_KEPT_MS) end
  redis.call("HSET", clockKey, "virtual", string.format("%.3f", now),
    "latest", string.format("%.3f", math.max(own, latest)), "base", string.format("%.0f", base))
  return place, scoreAt(base, own, job.lane)
end
`;
