/**
 * Lua, for the script in which permits end: what an attempt says of the endpoint that it went to. It has the functions of
 * ENDPOINT_STATE before it.
 *
 * `lookBack(id, now, cap)` answers the state with what is known of former attempts. `leave(state, verdict, pauseMs, breakers,
 * member)` gives the place back that the delivery had, and lets the breaker, the pause and the window know: `verdict` is
 * "delivered", "failed" or "neither", `pauseMs` for how long at least the receiver is to be left alone, or nil, `breakers` the
 * key of the open breakers, and `member` the endpoint's among them. It answers "opened", "closed" or "" for what became of its
 * breaker.
 */
export const OBSERVATION = `
local FAILURES_IN_A_ROW, FAILED_SHARE, MIN_ATTEMPTS, MINUTES = 10, 0.7, 10, 5
local OPEN_MS, MAX_OPEN_MS = 30000, 600000
local PAUSE_MS, MAX_PAUSE_MS = 1000, 60000

local function lookBack(id, now, cap)
  local minute = math.floor(now / 60000)
  local state, failures, pauses, opens, attempts = look(id, now, cap, "failures", "pauses", "opens", "n:" .. minute)
  state.failures, state.pauses, state.opens = tonumber(failures), tonumber(pauses), tonumber(opens)
  state.minute, state.attempts = minute, tonumber(attempts) or 0
  return state
end

local function countMinutes(state, name)
  local fields = {}
  for i = 0, MINUTES - 1 do fields[#fields + 1] = name .. (state.minute - i) end
  local sum = 0
  for _, count in ipairs(redis.call("HMGET", stateKey, unpack(fields))) do sum = sum + (tonumber(count) or 0) end
  return sum
end

local function forget(...)
  redis.call("HDEL", stateKey, ...)
end

local function forgetCounts(state)
  local fields = {"failures"}
  for i = 0, MINUTES do
    fields[#fields + 1] = "n:" .. (state.minute - i)
    fields[#fields + 1] = "f:" .. (state.minute - i)
  end
  forget(unpack(fields))
end

-- Gives the place back and counts the attempt, in one write. The first of a minute also sees to what is forgotten.
local function count(state, ...)
  local minute, attempts = state.minute, state.attempts + 1
  release(state, "n:" .. minute, attempts, ...)
  if attempts == 1 then
    forget("n:" .. (minute - MINUTES), "f:" .. (minute - MINUTES))
    remember(state, 0)
  end
end

local function openBreaker(state, breakers, member)
  local opens = (state.opens or 0) + 1
  local openUntil = state.now + math.min(OPEN_MS * 2 ^ math.min(opens - 1, 10), MAX_OPEN_MS)
  redis.call("HSET", stateKey, "opens", opens, "open_until", openUntil)
  redis.call("ZREMRANGEBYSCORE", breakers, "-inf", state.now - FORGOTTEN_MS)
  redis.call("ZADD", breakers, openUntil, member)
  forgetCounts(state)
  remember(state, openUntil)
  return "opened"
end

local function onFailure(state, breakers, member)
  local openUntil = state.openUntil
  -- Of attempts that were under way when it opened, none makes it any worse.
  if openUntil and openUntil > state.now then return "" end
  local inARow = (state.failures or 0) + 1
  count(state, "failures", inARow)
  redis.call("HINCRBY", stateKey, "f:" .. state.minute, 1)
  local of = countMinutes(state, "n:")
  local share = of >= MIN_ATTEMPTS and countMinutes(state, "f:") / of or 0
  if openUntil or inARow >= FAILURES_IN_A_ROW or share >= FAILED_SHARE then
    return openBreaker(state, breakers, member)
  end
  return ""
end

local function closeBreaker(state, breakers, member)
  forget("open_until", "opens", "alarm")
  redis.call("ZREM", breakers, member)
  forgetCounts(state)
  remember(state, 0)
  return "closed"
end

local function widenWindow(state)
  state.window = state.window + 1
  if state.window < state.cap then redis.call("HSET", stateKey, "window", state.window) else forget("window") end
end

local function onSuccess(state, breakers, member)
  local change = ""
  if state.openUntil then change = closeBreaker(state, breakers, member) else count(state) end
  if state.failures or state.pauses then forget("failures", "pauses") end
  if state.window then widenWindow(state) end
  return change
end

local function slowDown(state, pauseMs)
  -- What was under way when the pause began says the same once more.
  if state.pausedUntil > state.now then return end
  local pauses = (state.pauses or 0) + 1
  local own = math.min(PAUSE_MS * 2 ^ math.min(pauses - 1, 10), MAX_PAUSE_MS)
  local pausedUntil = state.now + math.max(pauseMs, own)
  local window = math.max(1, math.floor((state.window or state.cap) / 2))
  redis.call("HSET", stateKey, "pauses", pauses, "paused_until", pausedUntil, "window", window)
  remember(state, pausedUntil)
end

local function leave(state, verdict, pauseMs, breakers, member)
  local change = ""
  if verdict == "failed" then change = onFailure(state, breakers, member) end
  if verdict == "delivered" then change = onSuccess(state, breakers, member) end
  if pauseMs then slowDown(state, pauseMs) end
  release(state)
  return change
end
`;
