import type { Keys } from "@herald/platform/redis/keys";

// Lua, for the scripts that change deliveries: a delivery is listed under its tenant, its status and its endpoint, and its
// bytes are counted, in the same step in which it changes. Members begin with the time of the event in 13 digits, so that
// lists are read by time without a score. Delivered ones have no list of their own: nearly all of a tenant's are.
//
// `listsFrom(i)` takes the keys of `deliveryListKeys` from KEYS[i] on. The lists of a status and of an endpoint are named
// after the tenant's own, and the set of parked ones after that of settled ones, so they share its slot.

const LISTS_FROM = `
-- Where the time is known it is given, in ms; otherwise Redis is asked for it.
local function listsFrom(i, now)
  return {of = KEYS[i], settled = KEYS[i + 1], bytes = KEYS[i + 2], endpoints = KEYS[i + 3], now = now}
end
`;

/** Lua: `namesOf(hash)`, how the lists name the delivery of that record. */
export const NAMES_OF_DELIVERY = `
local function namesOf(hash)
  local names = redis.call("HMGET", hash, "created_at", "delivery_id", "endpoint_id", "tenant")
  return {member = names[1] .. ":" .. names[2], id = names[2], endpoint = names[3], ref = names[4] .. ":" .. names[2]}
end
`;

const LIST_SETTLED = `
local function timeInMs()
  local now = redis.call("TIME")
  return now[1] .. string.format("%03d", math.floor(now[2] / 1000))
end

local function listSettled(lists, names, status)
  if status == "pending" then
    redis.call("ZREM", lists.settled, names.ref)
  else
    redis.call("ZADD", lists.settled, lists.now or timeInMs(), names.ref)
  end
end
`;

/** What a delivery costs beside its texts: the names in its record, its places on lists, and a first attempt, which all have. */
const OVERHEAD_BYTES = 1536;
export const FIRST_ATTEMPT_BYTES = 512;

/** Lua: `listsFrom(i)`, and `listDelivery(lists, hash, status)` for a record that was just written. */
export const LIST_DELIVERY = `${LISTS_FROM}${NAMES_OF_DELIVERY}${LIST_SETTLED}
local function listDelivery(lists, hash, status)
  local names = namesOf(hash)
  for _, list in ipairs({lists.of, lists.of .. ":" .. status, lists.of .. ":" .. names.endpoint}) do
    redis.call("ZADD", list, 0, names.member)
  end
  if status ~= "pending" then listSettled(lists, names, status) end
  if status == "parked" then redis.call("SADD", lists.settled .. ":parked", names.ref) end
  local bytes = ${OVERHEAD_BYTES} + redis.call("HSTRLEN", hash, "body") + redis.call("HSTRLEN", hash, "url")
  redis.call("HSET", hash, "bytes", bytes)
  redis.call("INCRBY", lists.bytes, bytes)
end
`;

/** Lua: `listsFrom(i)`, and `relistDelivery(lists, names, from, to)`, to be called after the record says so. */
export const RELIST_DELIVERY = `${LISTS_FROM}${LIST_SETTLED}
local function relistDelivery(lists, names, from, to)
  if from == to then return end
  if from ~= "delivered" then redis.call("ZREM", lists.of .. ":" .. from, names.member) end
  if to ~= "delivered" then redis.call("ZADD", lists.of .. ":" .. to, 0, names.member) end
  listSettled(lists, names, to)
  if to == "parked" then redis.call("SADD", lists.settled .. ":parked", names.ref) end
  if from == "parked" then redis.call("SREM", lists.settled .. ":parked", names.ref) end
end
`;

/**
 * Lua: `listsFrom(i)`, and `forgetDelivery(lists, hash)`, which deletes the record with all that names it, but for the list of
 * open deliveries, which a settled one is not on.
 */
export const FORGET_DELIVERY = `${LISTS_FROM}${NAMES_OF_DELIVERY}
local function forgetDelivery(lists, hash)
  local known = redis.call("HMGET", hash, "status", "bytes")
  if not known[1] then return end
  local names = namesOf(hash)
  for _, list in ipairs({lists.of, lists.of .. ":" .. known[1], lists.of .. ":" .. names.endpoint}) do
    redis.call("ZREM", list, names.member)
  end
  redis.call("ZREM", lists.settled, names.ref)
  if known[1] == "parked" then redis.call("SREM", lists.settled .. ":parked", names.ref) end
  redis.call("ZREM", lists.endpoints .. ":" .. names.endpoint .. ":pending", names.id)
  redis.call("ZREM", lists.endpoints .. ":" .. names.endpoint .. ":parked", names.id)
  redis.call("DECRBY", lists.bytes, known[2] or 0)
  redis.call("DEL", hash)
end
`;

export function deliveryListKeys(keys: Keys, tenant: string): readonly string[] {
  return [keys.deliveries(tenant), keys.settledDeliveries, keys.deliveryBytes, keys.endpoints(tenant)];
}
