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

/** In this order the first three keys of each script. */
export function endpointKeys(keys: Keys, { tenant, endpointId }: Turn): readonly string[] {
  return [
    keys.endpointState(tenant, endpointId),
    keys.endpointLeases(tenant, endpointId),
    keys.endpointWaiting(tenant, endpointId),
  ];
}

/**
 * What the scripts of an endpoint have in common. The state hash has
 *   open_until    the breaker is open, or, once that is past, half-open: one probe may go
 *   opens         how often in a row it opened
 *   paused_until  the receiver asked to be left alone until then
 *   pauses        how often in a row it did
 *   window        attempts under way at once, while fewer than the cap: halved by a pause, one more after each success
 *   failures      failures in a row
 *   n:<minute>, f:<minute>  attempts and failures of the last minutes
 *   next_at       the token bucket: when the next attempt would be due, were each due one interval after the other
 *   slot:<id>     the time for which a delivery that was too early has its token
 *   alarm         the time for which a waiting delivery was told to wake
 */
export const ENDPOINT_STANDING = `
local RESERVED_MS = 10000
local FORGOTTEN_MS = 3600000

-- Until when nothing may go, and how many attempts may be under way after that. \`state\` begins with open_until, paused_until
-- and window.
local function standing(state, cap)
  local open_until, paused_until = tonumber(state[1]), tonumber(state[2]) or 0
  local limit = math.min(cap, tonumber(state[3]) or cap)
  if open_until then limit = 1 end
  return math.max(open_until or 0, paused_until), limit, open_until
end

-- Leases of the lost are in nobody's way before there is no place without them.
local function free_places(now, limit)
  local held = redis.call("ZCARD", KEYS[2])
  if held < limit then return limit - held end
  redis.call("ZREMRANGEBYSCORE", KEYS[2], "-inf", now)
  return limit - redis.call("ZCARD", KEYS[2])
end

-- A lease also keeps a place for a delivery that was told to come.
local function lease(id, ends, now)
  redis.call("ZADD", KEYS[2], ends, id)
  local needed = math.max(ends - now, RESERVED_MS) + 60000
  if redis.call("PTTL", KEYS[2]) < needed then redis.call("PEXPIRE", KEYS[2], needed + 60000) end
end

local function remember(now, until_)
  redis.call("PEXPIRE", KEYS[1], math.max(until_ - now, 0) + FORGOTTEN_MS)
end
`;
