import { priorities, type JobRequest } from "@herald/shared/jobs/job";
import { READ_CLOCK, SCORE_AT } from "./fair-clock.ts";
import { KEEP_FREE, TOUCHING } from "./fair-lines.ts";

// A tenant that has nothing waiting stands just before the head of the queue, and behind others that came so, however much
// anybody has.
//
// Each lane of a tenant (0 high, 1 normal, 2 low) has a line of its own, which does not wait for the lanes below. What
// a job takes is charged to its own lane and to those below it, so that using several lanes yields no larger share for long.
//
// A job that ends before it was begun gives back what it took, to all lanes that were charged; give-back-place.ts says how.

/** What a job costs beside its characters: taking, encoding, storing and reporting one cost as much as some short sentence. */
const CHARS_OF_A_JOB = 50;

/** Of a character: equal scores would be taken in the order of ids, and the head's is the older one. */
const JUST_BEFORE = 2 ** -10;
const LANES_KEPT_MS = 30 * 24 * 3_600_000;

/** In which lane of its tenant a job stands, and how much of the tenant's share it takes. */
export function fairShareOf({ priority, textChars }: JobRequest, weight: number) {
  return { lane: priorities.indexOf(priority), cost: (CHARS_OF_A_JOB + textChars) / weight };
}

/** Lua: takes a part for the job from the first stretch that is long enough; its start, nil where there is none. */
const TAKE_FREE = `
local function takeFree(stretches, now, cost)
  for _, stretch in ipairs(stretches) do
    local start = stretch[1]
    local stop = math.max(now, start) + cost
    if stop <= stretch[2] + ${TOUCHING} then
      stretch[1] = stop
      return start
    end
  end
end
`;

/**
 * Lua: `fairPlace(queue, clockKey, lanesKey, job)`, the place of a job that arrives now, charged to its tenant, as its record
 * keeps it; the score for it; and the clock's base and now. A place is the job's cost and its start, and then each lower
 * lane, with the start there, where that is another.
 */
export const FAIR_PLACE = `${SCORE_AT}${READ_CLOCK}${KEEP_FREE}${TAKE_FREE}
local function fairPlace(queue, clockKey, lanesKey, job)
  local now, base, latest = readClock(queue, clockKey)
  local lines = redis.call("HMGET", lanesKey, 0, 1, 2, "free")
  local free = lines[4] and cjson.decode(lines[4])
  local ends, own, place = {}, nil, nil
  for lane = job.lane, 2 do
    local start = free and takeFree(free[lane + 1], now, job.cost)
    if not start then
      start = tonumber(lines[lane + 1] or 0)
      ends[#ends + 1], ends[#ends + 2] = lane, string.format("%.3f", math.max(now, start) + job.cost)
    end
    start = math.max(now - ${JUST_BEFORE}, start)
    if not own then
      own, place = start, string.format("%.3f %.3f", job.cost, start)
    elseif math.abs(start - own) > ${TOUCHING} then
      place = place .. string.format(" %d %.3f", lane, start)
    end
  end
  if #ends > 0 then redis.call("HSET", lanesKey, unpack(ends)) end
  if free then keepFree(lanesKey, free, now) end
  if redis.call("PTTL", lanesKey) < ${LANES_KEPT_MS} then redis.call("PEXPIRE", lanesKey, ${2 * LANES_KEPT_MS}) end
  redis.call("HSET", clockKey, "virtual", string.format("%.3f", now),
    "latest", string.format("%.3f", math.max(own, latest)))
  return place, scoreAt(base, own, job.lane), base, now
end
`;
