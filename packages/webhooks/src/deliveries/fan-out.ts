import { LIST_DELIVERY } from "./delivery-lists.ts";

/**
 * Lua, for the scripts that record an event: one delivery for each of the tenant's endpoints that wants it. What a
 * disabled endpoint would have been sent is recorded as parked, so that nothing is lost by its being away.
 *
 * `event` has: id, type, member (of open deliveries), now (ms), fields (of every delivery, as field, value pairs), hash (key
 * of the delivery that has the event's own id), open (key of open deliveries), lists (see LIST_DELIVERY), and
 * except (an endpoint that is not told, or ""). Keys are made from declared ones, so they share their slot.
 */
export const FAN_OUT = `${LIST_DELIVERY}
local function recordDelivery(event, suffix, endpoint, url, status)
  redis.call("HSET", event.hash .. suffix, "delivery_id", event.id .. suffix, "endpoint_id", endpoint,
    "url", url, "status", status, unpack(event.fields))
  listDelivery(event.lists, event.hash .. suffix, status)
  if status == "pending" then
    redis.call("ZADD", event.open, event.now, event.member .. suffix)
  end
end

local function wants(endpoint, type)
  return endpoint[1] and string.find(" " .. endpoint[2] .. " ", " " .. type .. " ", 1, true)
end

-- Returns the ids of all endpoints that the event was recorded for, and of those that are to be sent it now.
local function fanOut(event)
  local recorded, due = {}, {}
  for _, id in ipairs(redis.call("ZRANGE", event.lists.endpoints, 0, -1)) do
    local key = event.lists.endpoints .. ":" .. id
    local endpoint = redis.call("HMGET", key, "enabled", "events", "url")
    if id ~= event.except and wants(endpoint, event.type) then
      local status = endpoint[1] == "1" and "pending" or "parked"
      recordDelivery(event, "." .. id, id, endpoint[3], status)
      redis.call("ZADD", key .. ":" .. status, event.now, event.id .. "." .. id)
      table.insert(recorded, id)
      if status == "pending" then table.insert(due, id) end
    end
  end
  return recorded, due
end
`;
