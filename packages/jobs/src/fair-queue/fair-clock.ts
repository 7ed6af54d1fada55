// Start-time fair queueing (Goyal, Vin, Cheng: SIGCOMM 1996) over the characters of jobs. Virtual time is counted in
// characters. A job starts where its tenant's former job ends, or now, whichever is later; it ends its characters, divided by
// the tenant's weight, after its start; whoever starts first is taken first. "Now" is the start of the job at the
// head of the queue.
//
// A place becomes a BullMQ score: 2^32 (priority 1) for the clock's base, and 2^16 for each character after it, whose
// two lowest bits are the lane. 65,536 characters thus share a priority, their order is in BullMQ's tie-break, and
// 2^53, where a double stops counting, is 137 thousand million characters away. Places beyond share the last score.
// Long before that, rebase-scores.ts moves the base.
//
// An entry that goes back to the queue, retried or handed back, is put by BullMQ at the front of its own priority. Its turn
// had come before, so that is the head or close to it.

export const FIRST_SCORE = 2 ** 32;
const LAST_SCORE = 2 ** 53 - 4;
export const SCORE_PER_CHAR = 2 ** 16;

/** Lua: `scoreAt(base, start, lane)`. */
export const SCORE_AT = `
local function scoreAt(base, start, lane)
  return math.min(${LAST_SCORE}, ${FIRST_SCORE} + math.floor(math.max(0, start - base) * ${SCORE_PER_CHAR} / 4) * 4) + lane
end
`;

/** Lua: `readClock(queue, clockKey)`, virtual time, the base of the scores, and the last start given out. */
export const READ_CLOCK = `
local function readClock(queue, clockKey)
  local clock = redis.call("HMGET", clockKey, "virtual", "latest", "base")
  local virtual, latest, base = tonumber(clock[1] or 0), tonumber(clock[2] or 0), tonumber(clock[3] or 0)
  local head = redis.call("ZRANGE", queue.prioritized, 0, 0, "WITHSCORES")[2]
  return math.max(virtual, head and base + (tonumber(head) - ${FIRST_SCORE}) / ${SCORE_PER_CHAR} or latest), base, latest
end
`;

/** Entries that can be moved in one step without anybody noticing: 10,000 take some 40 ms of Redis. */
const EASY_REBASE = 10_000;

/** Lua: `isRebaseDue(queue, base, now)`, at half of the range when that is easy, and before its last eighth in any case. */
export const IS_REBASE_DUE = `
local function isRebaseDue(queue, base, now)
  local used = (now - base) * ${SCORE_PER_CHAR} / ${LAST_SCORE - FIRST_SCORE}
  return used > 7 / 8 or (used > 1 / 2 and redis.call("ZCARD", queue.prioritized) <= ${EASY_REBASE})
end
`;
