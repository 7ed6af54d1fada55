import type { Keys } from "../keys.ts";

/** One delivery that wants to go to one endpoint. */
export interface Turn {
  readonly tenant: string;
  readonly endpointId: string;
  readonly deliveryId: string;
}

export interface EndpointLimits {
  /** Attempts under way at once. */
  readonly maxInFlight: number;
  /** Attempts begun per second, over time; as many may go at once when none went before. 0: no limit. */
  readonly maxPerSecond: number;
  /** After this an attempt counts as over although nobody said so: its worker was lost. */
  readonly leaseMs: number;
}

/** In this order the two keys of each turn, which `at_endpoint` takes. */
export function endpointKeys(keys: Keys, { tenant, endpointId }: Turn): readonly string[] {
  return [keys.endpointState(tenant, endpointId), keys.endpointWaiting(tenant, endpointId)];
}

/**
 * What the scripts of an endpoint have in common. All of it is in one hash, so that a turn begins and ends with one look at it
 * and one write. The state hash has
 *   open_until    the breaker is open, or, once that is past, half-open: one probe may go
 *   opens         how often in a row it opened
 *   paused_until  the receiver asked to be left alone until then
 *   pauses        how often in a row it did
 *   window        attempts under way at once, while fewer than the cap: halved by a pause, one more after each success
 *   failures      failures in a row
 *   n:<minute>, f:<minute>  attempts and failures of the last minutes
 *   next_at       the token bucket: when the next attempt would be due, were each due one interval after the other
 *   slot:<id>     the time for which a delivery that was too early has its token
 *   lease:<id>    when the place that a delivery has counts as free, although nobody gave it back
 *   held          how many such places there are
 *   oldest        before this none of them runs out
 *   waiting       there may be some on the list of those that wait: while there were none, nobody looks
 *   alarm         the time for which a waiting delivery was told to wake
 */
export const ENDPOINT_STANDING = `
local RESERVED_MS = 10000
local FORGOTTEN_MS = 3600000
local WAITING_KEPT_MS = 86400000

-- Of the endpoint that is looked at.
local state_key, waiting_key

local function at_endpoint(k)
  state_key, waiting_key = KEYS[k], KEYS[k + 1]
end

-- What every script looks at; the names that follow are its own, from the eighth value on.
local function look(id, ...)
  return redis.call("HMGET", state_key, "open_until", "paused_until", "window", "held", "oldest", "lease:" .. id,
    "waiting", ...)
end

-- Until when nothing may go, and how many attempts may be under way after that.
local function standing(state, cap)
  local open_until, paused_until = tonumber(state[1]), tonumber(state[2]) or 0
  local limit = math.min(cap, tonumber(state[3]) or cap)
  if open_until then limit = 1 end
  return math.max(open_until or 0, paused_until), limit, open_until
end

-- Takes away the leases of the lost. There can be one only when the oldest of all has run out.
local function recount(state, id, now)
  local all = redis.call("HGETALL", state_key)
  local held, oldest = 0, nil
  for i = 1, #all, 2 do
    if string.sub(all[i], 1, 6) == "lease:" then
      local ends = tonumber(all[i + 1])
      if ends > now then
        held = held + 1
        oldest = math.min(oldest or ends, ends)
      else
        redis.call("HDEL", state_key, all[i])
        if all[i] == "lease:" .. id then state[6] = false end
      end
    end
  end
  state[4], state[5] = held, oldest or 0
  redis.call("HSET", state_key, "held", held, "oldest", oldest or 0)
end

local function free_places(state, id, now, limit)
  if (tonumber(state[4]) or 0) > 0 and now >= (tonumber(state[5]) or 0) then recount(state, id, now) end
  return limit - (tonumber(state[4]) or 0)
end

-- A lease also keeps a place for a delivery that was told to come. What else is to be written goes with it.
local function lease(state, id, ends, has_one, ...)
  local held, oldest = tonumber(state[4]) or 0, tonumber(state[5]) or ends
  if held == 0 or ends < oldest then oldest = ends end
  if not has_one then held = held + 1 end
  state[4], state[5] = held, oldest
  redis.call("HSET", state_key, "lease:" .. id, ends, "held", held, "oldest", oldest, ...)
end

-- What else is to be written goes with it.
local function release(state, id, ...)
  if state[6] then
    state[4], state[6] = math.max(0, (tonumber(state[4]) or 0) - 1), false
    redis.call("HDEL", state_key, "lease:" .. id)
    redis.call("HSET", state_key, "held", state[4], ...)
  elseif select("#", ...) > 0 then
    redis.call("HSET", state_key, ...)
  end
end

local function remember(now, until_)
  redis.call("PEXPIRE", state_key, math.max(until_ - now, 0) + FORGOTTEN_MS)
end
`;
