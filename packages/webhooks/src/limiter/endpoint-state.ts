import type { Keys } from "@herald/platform/redis/keys";

/** One delivery that wants to go to one endpoint. */
export interface PermitRef {
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

/** After an hour without an attempt nothing is being sent to that endpoint, and what is known of it is forgotten. */
export const ENDPOINT_FORGOTTEN_MS = 3_600_000;

/** In this order the two keys of each permit, which `atEndpoint` takes. */
export function endpointKeys(keys: Keys, { tenant, endpointId }: PermitRef): readonly string[] {
  return [keys.endpointState(tenant, endpointId), keys.endpointWaiting(tenant, endpointId)];
}

/**
 * What the scripts of an endpoint have in common. All of it is in one hash, so that a permit begins and ends with one look at it
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
export const ENDPOINT_STATE = `
local RESERVED_MS = 10000
local FORGOTTEN_MS = ${ENDPOINT_FORGOTTEN_MS}
local WAITING_KEPT_MS = 86400000

-- Of the endpoint that is looked at.
local stateKey, waitingKey

local function atEndpoint(k)
  stateKey, waitingKey = KEYS[k], KEYS[k + 1]
end

-- How the endpoint stands towards one delivery, and after it the values of what else a script asks for, as they are kept.
local function look(id, now, cap, ...)
  local kept = redis.call("HMGET", stateKey, "open_until", "paused_until", "window", "held", "oldest", "lease:" .. id,
    "waiting", ...)
  return {
    id = id, now = now, cap = cap,
    openUntil = tonumber(kept[1]), pausedUntil = tonumber(kept[2]) or 0, window = tonumber(kept[3]),
    isNew = not kept[4], held = tonumber(kept[4]) or 0, oldest = tonumber(kept[5]) or 0,
    hasPlace = kept[6], anyWaiting = kept[7],
  }, unpack(kept, 8)
end

-- Until when nothing may go, and how many attempts may be under way after that.
local function standing(state)
  local limit = state.openUntil and 1 or math.min(state.cap, state.window or state.cap)
  return math.max(state.openUntil or 0, state.pausedUntil), limit
end

-- Takes away the leases of the lost. There can be one only when the oldest of all has run out.
local function recount(state)
  local all = redis.call("HGETALL", stateKey)
  local held, oldest = 0, nil
  for i = 1, #all, 2 do
    if string.sub(all[i], 1, 6) == "lease:" then
      local ends = tonumber(all[i + 1])
      if ends > state.now then
        held = held + 1
        oldest = math.min(oldest or ends, ends)
      else
        redis.call("HDEL", stateKey, all[i])
        if all[i] == "lease:" .. state.id then state.hasPlace = false end
      end
    end
  end
  state.held, state.oldest = held, oldest or 0
  redis.call("HSET", stateKey, "held", held, "oldest", oldest or 0)
end

local function freePlaces(state, limit)
  if state.held > 0 and state.now >= state.oldest then recount(state) end
  return limit - state.held
end

-- A lease also keeps a place for a delivery that was told to come. What else is to be written goes with it.
local function lease(state, id, ends, hasPlace, ...)
  if state.held == 0 or ends < state.oldest then state.oldest = ends end
  if not hasPlace then state.held = state.held + 1 end
  redis.call("HSET", stateKey, "lease:" .. id, ends, "held", state.held, "oldest", state.oldest, ...)
end

-- What else is to be written goes with it.
local function release(state, ...)
  if state.hasPlace then
    state.held, state.hasPlace = math.max(0, state.held - 1), false
    redis.call("HDEL", stateKey, "lease:" .. state.id)
    redis.call("HSET", stateKey, "held", state.held, ...)
  elseif select("#", ...) > 0 then
    redis.call("HSET", stateKey, ...)
  end
end

local function remember(state, untilMs)
  redis.call("PEXPIRE", stateKey, math.max(untilMs - state.now, 0) + FORGOTTEN_MS)
end
`;
