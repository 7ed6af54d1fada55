import type { Redis } from "ioredis";
import { queueNames } from "../../queues/entries.ts";
import { endpointMemberOf, type Keys } from "../keys.ts";
import { queueKey, queueOfKey } from "../lua/add-entry.ts";
import { WAKE_ENTRY } from "../lua/wake-entry.ts";
import { createScript, runScript } from "../script.ts";
import { ENDPOINT_STANDING, endpointKeys, type EndpointLimits, type Turn } from "./endpoint-standing.ts";
import {
  RECORD_ARGUMENTS,
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
// sent twice, because a connection broke before the answer, counts once. A worker ends several turns in one call, one after the
// other.
//
// KEYS[1]  open breakers   KEYS[2]  the queue
// KEYS[3…] of each turn: state of the endpoint, deliveries that wait for it, and as many as are said, as RECORD_ATTEMPT has them
// ARGV[1]  now   ARGV[2]  cap
// ARGV[3…] of each turn: delivery id, "delivered", "failed" or "neither", "" or for how long at least the receiver is to be left
//          alone, member of the open breakers, how many keys belong to the record, 0 if there was no attempt to record, and
//          otherwise as RECORD_ATTEMPT has them
// Returns  for each turn, what became of the record and the change of the breaker, "opened", "closed" or "", one after the other
const LEAVE_ENDPOINTS = createScript(`${queueOfKey(2)}${WAKE_ENTRY}${ENDPOINT_STANDING}${RECORD_ATTEMPT}
local FAILURES_IN_A_ROW, FAILED_SHARE, OF_AT_LEAST, MINUTES = 10, 0.7, 10, 5
local OPEN_MS, OPEN_AT_MOST_MS = 30000, 600000
local PAUSE_MS, PAUSE_AT_MOST_MS = 1000, 60000
local WOKEN_AT_ONCE = 16

local now, cap = tonumber(ARGV[1]), tonumber(ARGV[2])
local minute = math.floor(now / 60000)
-- Of the turn that is being ended.
local id, member, state, open_until, window, failures, pauses, opens, attempts, change

local function begin(delivery_id, endpoint_member)
  id, member, change = delivery_id, endpoint_member, ""
  state = look(id, "failures", "pauses", "opens", "n:" .. minute)
  open_until, window = tonumber(state[1]), tonumber(state[3])
  failures, pauses, opens = tonumber(state[8]), tonumber(state[9]), tonumber(state[10])
  attempts = (tonumber(state[11]) or 0) + 1
end

local function count_minutes(name)
  local fields = {}
  for i = 0, MINUTES - 1 do fields[#fields + 1] = name .. (minute - i) end
  local sum = 0
  for _, count in ipairs(redis.call("HMGET", state_key, unpack(fields))) do sum = sum + (tonumber(count) or 0) end
  return sum
end

local function forget(...)
  redis.call("HDEL", state_key, ...)
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
  redis.call("HSET", state_key, "opens", opens, "open_until", open_until)
  redis.call("ZREMRANGEBYSCORE", KEYS[1], "-inf", now - FORGOTTEN_MS)
  redis.call("ZADD", KEYS[1], open_until, member)
  forget_counts()
  remember(now, open_until)
  change = "opened"
end

local function on_failure()
  -- Of attempts that were under way when it opened, none makes it any worse.
  if open_until and open_until > now then return end
  local in_a_row = (failures or 0) + 1
  count("failures", in_a_row)
  redis.call("HINCRBY", state_key, "f:" .. minute, 1)
  local of = count_minutes("n:")
  local share = of >= OF_AT_LEAST and count_minutes("f:") / of or 0
  if open_until or in_a_row >= FAILURES_IN_A_ROW or share >= FAILED_SHARE then open_breaker() end
end

local function close_breaker()
  forget("open_until", "opens", "alarm")
  redis.call("ZREM", KEYS[1], member)
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
    if window < cap then redis.call("HSET", state_key, "window", window) else forget("window") end
  end
end

local function slow_down(pause)
  -- What was under way when the pause began says the same once more.
  if (tonumber(state[2]) or 0) > now then return end
  pauses = (pauses or 0) + 1
  local own = math.min(PAUSE_MS * 2 ^ math.min(pauses - 1, 10), PAUSE_AT_MOST_MS)
  local paused_until = now + math.max(pause, own)
  window = math.max(1, math.floor((window or cap) / 2))
  redis.call("HSET", state_key, "pauses", pauses, "paused_until", paused_until, "window", window)
  remember(now, paused_until)
end

local function wake_others()
  if not state[7] then return end
  if redis.call("ZCARD", waiting_key) == 0 then
    forget("waiting")
    return
  end
  state = look(id, "alarm")
  local shut_until, limit = standing(state, cap)
  if shut_until > now then
    if tonumber(state[8]) ~= shut_until then
      local first = redis.call("ZPOPMIN", waiting_key)
      redis.call("HSET", state_key, "alarm", shut_until)
      wakeEntryAt(queue, first[1], shut_until, now)
    end
    return
  end
  local free = math.min(free_places(state, id, now, limit), WOKEN_AT_ONCE)
  if free > 0 then
    local popped = redis.call("ZPOPMIN", waiting_key, free)
    for i = 1, #popped, 2 do
      lease(state, popped[i], now + RESERVED_MS, redis.call("HEXISTS", state_key, "lease:" .. popped[i]) == 1)
      wakeEntry(queue, popped[i])
    end
  end
end

local function leave(verdict, pause)
  if verdict == "failed" then on_failure() end
  if verdict == "delivered" then on_success() end
  if pause then slow_down(pause) end
  release(state, id)
  wake_others()
end

local replies, k, a = {}, 3, 3
while a <= #ARGV do
  local record_keys = tonumber(ARGV[a + 4])
  local recorded = record_keys > 0 and recordAttempt(k + 2, a + 5, ARGV[1], record_keys) or ""
  at_endpoint(k)
  begin(ARGV[a], ARGV[a + 3])
  if recorded == "again" then
    leave("neither")
  else
    leave(ARGV[a + 1], tonumber(ARGV[a + 2]))
  end
  replies[#replies + 1] = recorded
  replies[#replies + 1] = change
  k, a = k + 2 + record_keys, a + 5 + (record_keys > 0 and ${RECORD_ARGUMENTS} or 0)
end
return replies
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
  readonly impression: Impression;
  /** Null: nothing was sent, or it does not count. */
  readonly record: AttemptRecord | null;
}

export interface Departures {
  readonly leaving: readonly Leaving[];
  readonly limits: EndpointLimits;
  readonly now: number;
}

/** Answers each in its place. */
export async function leaveEndpoints(
  redis: Redis,
  keys: Keys,
  { leaving, limits, now }: Departures,
): Promise<readonly Departure[]> {
  const [names, args]: [string[], string[]] = [[], []];
  for (const { turn, impression, record } of leaving) {
    const ofRecord = record === null ? [] : recordKeys(keys, record);
    names.push(...endpointKeys(keys, turn), ...ofRecord);
    const { verdict, pauseMs } = impression;
    args.push(
      turn.deliveryId,
      verdict,
      String(pauseMs ?? ""),
      endpointMemberOf(turn),
      String(ofRecord.length),
    );
    if (record !== null) args.push(...recordArguments(record));
  }
  const replies = (await runScript(redis, LEAVE_ENDPOINTS, {
    keys: [keys.openBreakers, queueKey(keys, queueNames.webhookDelivery), ...names],
    args: [String(now), String(limits.maxInFlight), ...args],
  })) as string[];
  return leaving.map(({ record }, i) => {
    const [recorded, change] = replies.slice(2 * i);
    return {
      recorded: record === null ? null : recordedAs(recorded),
      breaker: change === "opened" || change === "closed" ? change : null,
    };
  });
}
