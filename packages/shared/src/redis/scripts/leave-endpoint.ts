import type { Redis } from "ioredis";
import { queueNames } from "../../queues/entries.ts";
import { endpointMemberOf, type Keys } from "../keys.ts";
import { queueKey, queueOfKey } from "../lua/add-entry.ts";
import { WAKE_ENTRY } from "../lua/wake-entry.ts";
import { createScript, runScript } from "../script.ts";
import { ENDPOINT_STANDING, endpointKeys, type EndpointLimits, type Turn } from "./endpoint-standing.ts";
import {
  RECORD_ATTEMPT,
  recordArguments,
  recordedAs,
  recordKeys,
  type AttemptRecord,
  type Recorded,
} from "./record-attempt.ts";

// What an attempt says of its endpoint, and who may go in its place, must be decided together: two that leave at once would
// wake the same delivery, or both open the breaker. A delivery that is woken has its place kept, and is woken here, because
// a worker that was told whom to wake may not live to do it. The attempt is recorded in the same step, so that one which is
// sent twice, because a connection broke before the answer, counts once.
//
// KEYS[1]  state of the endpoint   KEYS[2]  deliveries that wait for it   KEYS[3]  open breakers
// KEYS[4]  the queue   KEYS[5…]  as RECORD_ATTEMPT has them, if there was an attempt to record
// ARGV[1]  delivery id   ARGV[2]  now   ARGV[3]  cap   ARGV[4]  "delivered", "failed" or "neither"
// ARGV[5]  "" or for how long at least the receiver is to be left alone   ARGV[6]  member of the open breakers
// ARGV[7…]  as RECORD_ATTEMPT has them
// Returns  {what became of the record, change of the breaker: "opened", "closed" or ""}
const LEAVE_ENDPOINT = createScript(`${queueOfKey(4)}${WAKE_ENTRY}${ENDPOINT_STANDING}${RECORD_ATTEMPT}
local FAILURES_IN_A_ROW, FAILED_SHARE, OF_AT_LEAST, MINUTES = 10, 0.7, 10, 5
local OPEN_MS, OPEN_AT_MOST_MS = 30000, 600000
local PAUSE_MS, PAUSE_AT_MOST_MS = 1000, 60000
local WOKEN_AT_ONCE = 16

local id, now, cap = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local verdict, pause, member = ARGV[4], tonumber(ARGV[5]), ARGV[6]
local recorded = ARGV[7] and recordAttempt(5, 7, ARGV[2]) or ""
if recorded == "again" then verdict, pause = "neither", nil end
local change = ""
local minute = math.floor(now / 60000)
local state = look(id, "failures", "pauses", "opens", "n:" .. minute)
local open_until, window = tonumber(state[1]), tonumber(state[3])
local failures, pauses, opens = tonumber(state[8]), tonumber(state[9]), tonumber(state[10])
local attempts = (tonumber(state[11]) or 0) + 1

local function count_minutes(name)
  local fields = {}
  for i = 0, MINUTES - 1 do fields[#fields + 1] = name .. (minute - i) end
  local sum = 0
  for _, count in ipairs(redis.call("HMGET", KEYS[1], unpack(fields))) do sum = sum + (tonumber(count) or 0) end
  return sum
end

local function forget(...)
  redis.call("HDEL", KEYS[1], ...)
end

local function forget_counts()
  local fields = {"failures"}
  for i = 0, MINUTES do
    fields[#fields + 1] = "n:" .. (minute - i)
    fields[#fields + 1] = "f:" .. (minute - i)
  end
  forget(unpack(fields))
end

-- Gives the place back and counts the attempt, in one write. The first of a minute also sees to what is forgotten.
local function count(...)
  release(state, id, "n:" .. minute, attempts, ...)
  if attempts == 1 then
    forget("n:" .. (minute - MINUTES), "f:" .. (minute - MINUTES))
    remember(now, 0)
  end
end

local function open_breaker()
  opens = (opens or 0) + 1
  open_until = now + math.min(OPEN_MS * 2 ^ math.min(opens - 1, 10), OPEN_AT_MOST_MS)
  redis.call("HSET", KEYS[1], "opens", opens, "open_until", open_until)
  redis.call("ZREMRANGEBYSCORE", KEYS[3], "-inf", now - FORGOTTEN_MS)
  redis.call("ZADD", KEYS[3], open_until, member)
  forget_counts()
  remember(now, open_until)
  change = "opened"
end

local function on_failure()
  -- Of attempts that were under way when it opened, none makes it any worse.
  if open_until and open_until > now then return end
  local in_a_row = (failures or 0) + 1
  count("failures", in_a_row)
  redis.call("HINCRBY", KEYS[1], "f:" .. minute, 1)
  local of = count_minutes("n:")
  local share = of >= OF_AT_LEAST and count_minutes("f:") / of or 0
  if open_until or in_a_row >= FAILURES_IN_A_ROW or share >= FAILED_SHARE then open_breaker() end
end

local function close_breaker()
  forget("open_until", "opens", "alarm")
  redis.call("ZREM", KEYS[3], member)
  forget_counts()
  remember(now, 0)
  open_until = nil
  change = "closed"
end

local function on_success()
  if open_until then close_breaker() else count() end
  if failures or pauses then forget("failures", "pauses") end
  if window then
    window = window + 1
    if window < cap then redis.call("HSET", KEYS[1], "window", window) else forget("window") end
  end
end

local function slow_down()
  -- What was under way when the pause began says the same once more.
  if (tonumber(state[2]) or 0) > now then return end
  pauses = (pauses or 0) + 1
  local own = math.min(PAUSE_MS * 2 ^ math.min(pauses - 1, 10), PAUSE_AT_MOST_MS)
  local paused_until = now + math.max(pause, own)
  window = math.max(1, math.floor((window or cap) / 2))
  redis.call("HSET", KEYS[1], "pauses", pauses, "paused_until", paused_until, "window", window)
  remember(now, paused_until)
end

if verdict == "failed" then on_failure() end
if verdict == "delivered" then on_success() end
if pause then slow_down() end
release(state, id)

local reply = {recorded, change}
if not state[7] then return reply end
if redis.call("ZCARD", KEYS[2]) == 0 then
  forget("waiting")
  return reply
end
state = look(id, "alarm")
local shut_until, limit = standing(state, cap)
if shut_until > now then
  if tonumber(state[8]) ~= shut_until then
    local first = redis.call("ZPOPMIN", KEYS[2])
    redis.call("HSET", KEYS[1], "alarm", shut_until)
    wakeEntryAt(queue, first[1], shut_until, now)
  end
  return reply
end
local free = math.min(free_places(state, id, now, limit), WOKEN_AT_ONCE)
if free > 0 then
  local popped = redis.call("ZPOPMIN", KEYS[2], free)
  for i = 1, #popped, 2 do
    lease(state, popped[i], now + RESERVED_MS, redis.call("HEXISTS", KEYS[1], "lease:" .. popped[i]) == 1)
    wakeEntry(queue, popped[i])
  end
end
return reply
`);

/** What an attempt says of the endpoint that it went to. */
export interface Impression {
  /** `neither`: it says nothing of the receiver. */
  readonly verdict: "delivered" | "failed" | "neither";
  /** The receiver asked to be left alone, for this long at least. Null: it did not. */
  readonly pauseMs: number | null;
}

export interface Departure {
  /** Null: there was nothing to record. */
  readonly recorded: Recorded | null;
  readonly breaker: "opened" | "closed" | null;
}

export interface Leaving {
  readonly turn: Turn;
  readonly limits: EndpointLimits;
  readonly now: number;
  readonly impression: Impression;
  /** Null: nothing was sent, or it does not count. */
  readonly record: AttemptRecord | null;
}

export async function leaveEndpoint(redis: Redis, keys: Keys, leaving: Leaving): Promise<Departure> {
  const { turn, limits, now, impression, record } = leaving;
  const reply = await runScript(redis, LEAVE_ENDPOINT, {
    keys: [
      ...endpointKeys(keys, turn),
      keys.openBreakers,
      queueKey(keys, queueNames.webhookDelivery),
      ...(record === null ? [] : recordKeys(keys, record)),
    ],
    args: [
      turn.deliveryId,
      String(now),
      String(limits.maxInFlight),
      impression.verdict,
      String(impression.pauseMs ?? ""),
      endpointMemberOf(turn),
      ...(record === null ? [] : recordArguments(record)),
    ],
  });
  const [recorded, change] = reply as [string, "opened" | "closed" | ""];
  return {
    recorded: record === null ? null : recordedAs(recorded),
    breaker: change === "" ? null : change,
  };
}
