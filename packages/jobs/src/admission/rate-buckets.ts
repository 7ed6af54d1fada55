// Two token buckets of an API key, in one hash: `requests` and `chars` are what is left, `at` is when that was so. A bucket
// holds a minute's worth and fills evenly, so what may be waited for is known to the millisecond. It is kept for at
// least the minute in which it may not be full.
//
// rateLeft    {requests, chars} that are left now, nil where there is no limit
// rateWait    milliseconds until `wanted` is left
// chargeRate  takes one request and its characters off what is left, and writes it
export const RATE_BUCKETS = `
local function rateLeft(key, limits, now)
  local kept = redis.call("HMGET", key, "requests", "chars", "at")
  local elapsed = math.max(0, now - tonumber(kept[3] or now))
  local function left(amount, perMinute)
    return perMinute and math.min(perMinute, tonumber(amount or perMinute) + elapsed * perMinute / 60000)
  end
  return {requests = left(kept[1], limits.requestsPerMinute), chars = left(kept[2], limits.charsPerMinute)}
end

local function rateWait(left, wanted, perMinute)
  return perMinute and left < wanted and math.ceil((wanted - left) * 60000 / perMinute)
end

local function chargeRate(key, left, chars, now)
  if not left.requests and not left.chars then return end
  left.requests, left.chars = left.requests and left.requests - 1, left.chars and left.chars - chars
  redis.call("HSET", key, "requests", left.requests or 0, "chars", left.chars or 0, "at", now)
  if redis.call("PTTL", key) < 60000 then redis.call("PEXPIRE", key, 120000) end
end
`;
