/**
 * Lua, for the script in which turns end: what an attempt says of the endpoint that it went to. It has the functions of
 * ENDPOINT_STANDING before it, the open breakers as KEYS[1], now as ARGV[1] and the cap as ARGV[2].
 *
 * `leave(id, member, verdict, pause)` gives the place back that the delivery had, and lets the breaker, the pause and the window
 * know: `member` is the endpoint's among the open breakers, `verdict` "delivered", "failed" or "neither", and `pause` for how
 * many ms at least the receiver is to be left alone, or nil. `state` and `change` are then what is known of the endpoint, and
 * "opened", "closed" or "" for what became of its breaker.
 */
export const ENDPOINT_IMPRESSION = `
local FAILURES_IN_A_ROW, FAILED_SHARE, OF_AT_LEAST, MINUTES = 10, 0.7, 10, 5
local OPEN_MS, OPEN_AT_MOST_MS = 30000, 600000
local PAUSE_MS, PAUSE_AT_MOST_MS = 1000, 60000

local breakers, now, cap = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
local minute = math.floor(now / 60000)
-- Of the turn that is being ended.
local id, member, state, open_until, window, failures, pauses, opens, attempts, change

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
  redis.call("ZREMRANGEBYSCORE", breakers, "-inf", now - FORGOTTEN_MS)
  redis.call("ZADD", breakers, open_until, member)
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
  redis.call("ZREM", breakers, member)
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

local function leave(delivery_id, endpoint_member, verdict, pause)
  id, member, change = delivery_id, endpoint_member, ""
  state = look(id, "failures", "pauses", "opens", "n:" .. minute)
  open_until, window = tonumber(state[1]), tonumber(state[3])
  failures, pauses, opens = tonumber(state[8]), tonumber(state[9]), tonumber(state[10])
  attempts = (tonumber(state[11]) or 0) + 1
  if verdict == "failed" then on_failure() end
  if verdict == "delivered" then on_success() end
  if pause then slow_down(pause) end
  release(state, id)
end
`;
