import type { Redis } from "ioredis";
import type { Keys } from "../keys.ts";
import { createScript, runScript } from "../script.ts";
import { ENDPOINT_STANDING, endpointKeys, type EndpointLimits, type Turn } from "./endpoint-standing.ts";

// What an attempt says of its endpoint, and who may go in its place, must be decided together: two that leave at once would
// wake the same delivery, or both open the breaker. A delivery that is woken has its place kept.
//
// KEYS[1]  state of the endpoint   KEYS[2]  its leases   KEYS[3]  deliveries that wait for it   KEYS[4]  open breakers
// ARGV[1]  delivery id   ARGV[2]  now   ARGV[3]  cap   ARGV[4]  "delivered", "failed" or "neither"
// ARGV[5]  "" or for how long at least the receiver is to be left alone   ARGV[6]  member of the open breakers
// Returns  {change of the breaker: "opened", "closed" or "", when the following are to wake (0: at once), id, ...}
const LEAVE_ENDPOINT = createScript(`${ENDPOINT_STANDING}
local FAILURES_IN_A_ROW, FAILED_SHARE, OF_AT_LEAST, MINUTES = 10, 0.7, 10, 5
local OPEN_MS, OPEN_AT_MOST_MS = 30000, 600000
local PAUSE_MS, PAUSE_AT_MOST_MS = 1000, 60000
local WOKEN_AT_ONCE = 16

local id, now, cap = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local verdict, pause, member = ARGV[4], tonumber(ARGV[5]), ARGV[6]
local change = ""
local minute = math.floor(now / 60000)
redis.call("ZREM", KEYS[2], id)

local function count_minutes(name)
  local fields = {}
  for i = 0, MINUTES - 1 do fields[#fields + 1] = name .. (minute - i) end
  local sum = 0
  for _, count in ipairs(redis.call("HMGET", KEYS[1], unpack(fields))) do sum = sum + (tonumber(count) or 0) end
  return sum
end

local function forget_counts()
  redis.call("HDEL", KEYS[1], "failures")
  for i = 0, MINUTES do redis.call("HDEL", KEYS[1], "n:" .. (minute - i), "f:" .. (minute - i)) end
end

local function count(failed)
  if redis.call("HINCRBY", KEYS[1], "n:" .. minute, 1) == 1 then
    redis.call("HDEL", KEYS[1], "n:" .. (minute - MINUTES), "f:" .. (minute - MINUTES))
  end
  if failed then redis.call("HINCRBY", KEYS[1], "f:" .. minute, 1) end
end

local function open_breaker()
  local opens = redis.call("HINCRBY", KEYS[1], "opens", 1)
  local open_until = now + math.min(OPEN_MS * 2 ^ math.min(opens - 1, 10), OPEN_AT_MOST_MS)
  redis.call("HSET", KEYS[1], "open_until", open_until)
  redis.call("ZREMRANGEBYSCORE", KEYS[4], "-inf", now - FORGOTTEN_MS)
  redis.call("ZADD", KEYS[4], open_until, member)
  forget_counts()
  change = "opened"
end

local function on_failure(open_until)
  -- Of attempts that were under way when it opened, none makes it any worse.
  if open_until and open_until > now then return end
  count(true)
  local in_a_row = redis.call("HINCRBY", KEYS[1], "failures", 1)
  local attempts = count_minutes("n:")
  local share = attempts >= OF_AT_LEAST and count_minutes("f:") / attempts or 0
  if open_until or in_a_row >= FAILURES_IN_A_ROW or share >= FAILED_SHARE then open_breaker() end
end

local function on_success(open_until)
  count(false)
  if open_until then
    redis.call("HDEL", KEYS[1], "open_until", "opens", "alarm")
    redis.call("ZREM", KEYS[4], member)
    forget_counts()
    change = "closed"
  end
  local window = tonumber(redis.call("HGET", KEYS[1], "window"))
  redis.call("HDEL", KEYS[1], "failures", "pauses")
  if window and window + 1 < cap then redis.call("HSET", KEYS[1], "window", window + 1)
  elseif window then redis.call("HDEL", KEYS[1], "window") end
end

local function slow_down()
  local state = redis.call("HMGET", KEYS[1], "paused_until", "window")
  -- What was under way when the pause began says the same once more.
  if (tonumber(state[1]) or 0) > now then return end
  local pauses = redis.call("HINCRBY", KEYS[1], "pauses", 1)
  local own = math.min(PAUSE_MS * 2 ^ math.min(pauses - 1, 10), PAUSE_AT_MOST_MS)
  local window = math.max(1, math.floor((tonumber(state[2]) or cap) / 2))
  redis.call("HSET", KEYS[1], "paused_until", now + math.max(pause, own), "window", window)
end

local open_until = tonumber(redis.call("HGET", KEYS[1], "open_until"))
if verdict == "failed" then on_failure(open_until) end
if verdict == "delivered" then on_success(open_until) end
if pause then slow_down() end

local shut_until, limit = standing(cap)
if verdict ~= "neither" or pause then remember(now, shut_until) end
local reply = {change, 0}
if shut_until > now then
  if tonumber(redis.call("HGET", KEYS[1], "alarm")) ~= shut_until then
    local first = redis.call("ZPOPMIN", KEYS[3])
    if first[1] then
      redis.call("HSET", KEYS[1], "alarm", shut_until)
      reply = {change, shut_until, first[1]}
    end
  end
  return reply
end
local free = math.min(free_places(now, limit), WOKEN_AT_ONCE)
if free > 0 then
  local popped = redis.call("ZPOPMIN", KEYS[3], free)
  for i = 1, #popped, 2 do
    lease(popped[i], now + RESERVED_MS, now)
    reply[#reply + 1] = popped[i]
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
  readonly breaker: "opened" | "closed" | null;
  /** Deliveries that may go now, or at that time. */
  readonly wake: readonly string[];
  readonly wakeAt: number;
}

export async function leaveEndpoint(
  redis: Redis,
  keys: Keys,
  {
    turn,
    limits,
    now,
    impression,
  }: { turn: Turn; limits: EndpointLimits; now: number; impression: Impression },
): Promise<Departure> {
  const reply = await runScript(redis, LEAVE_ENDPOINT, {
    keys: [...endpointKeys(keys, turn), keys.openBreakers],
    args: [
      turn.deliveryId,
      String(now),
      String(limits.maxInFlight),
      impression.verdict,
      String(impression.pauseMs ?? ""),
      `${turn.tenant}:${turn.endpointId}`,
    ],
  });
  const [change, wakeAt, ...wake] = reply as ["opened" | "closed" | "", number, ...string[]];
  return { breaker: change === "" ? null : change, wake, wakeAt };
}
