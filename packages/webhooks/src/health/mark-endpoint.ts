import type { Redis } from "ioredis";
import { deliveryMemberOf, endpointMemberOf, type EndpointRef, type Keys } from "@herald/platform/redis/keys";
import { deliveryListKeys } from "../deliveries/delivery-lists.ts";
import { ENDPOINT_STATES, endpointStateKeys } from "../endpoints/endpoint-states.ts";
import { FAN_OUT } from "../deliveries/fan-out.ts";
import { createScript, runScript } from "@herald/platform/redis/script";

// What becomes of an endpoint and the deliveries that tell its tenant's other endpoints of it are one step, so that of many
// attempts that fail at once one tells, and no disabling goes untold. What an old receiver answered does not count against
// the one that the endpoint points to by now, and the tenant's own reason to disable it stays. A connection that breaks before
// the answer sends the script again: the second time it finds its own event told and answers as it did before.
//
// KEYS[1]  endpoint hash   KEYS[2…4]  the sets of endpoints by state   KEYS[5]  hash of the delivery with the event's own id
// KEYS[6]  open deliveries   KEYS[7…10]  the lists of deliveries
// ARGV[1]  endpoint id   ARGV[2]  member of those sets   ARGV[3]  URL that failed
// ARGV[4]  why it is disabled, "" to warn of it   ARGV[5]  event id   ARGV[6]  event type   ARGV[7]  member of open deliveries
// ARGV[8]  now in ms   ARGV[9…]  every delivery's field, value pairs
// Returns  the ids of the endpoints that are to be sent the event now, nil when there was nothing to mark
const MARK_ENDPOINT = createScript(`${ENDPOINT_STATES}${FAN_OUT}
local url, enabled, told = unpack(redis.call("HMGET", KEYS[1], "url", "enabled", "told"))
if told == ARGV[5] then
  local due = {}
  for _, id in ipairs(redis.call("ZRANGE", KEYS[10], 0, -1)) do
    if redis.call("HGET", KEYS[5] .. "." .. id, "status") == "pending" then table.insert(due, id) end
  end
  return due
end
if url ~= ARGV[3] or enabled ~= "1" then
  return nil
end
if ARGV[4] ~= "" then
  redis.call("HSET", KEYS[1], "enabled", "0", "disabled_reason", ARGV[4])
elseif redis.call("HSETNX", KEYS[1], "warned", "1") == 0 then
  return nil
end
redis.call("HSET", KEYS[1], "told", ARGV[5])
listState(statesFrom(2), KEYS[1], ARGV[2])
local _, due = fanOut({
  id = ARGV[5], type = ARGV[6], member = ARGV[7], now = ARGV[8], fields = {unpack(ARGV, 9)},
  hash = KEYS[5], open = KEYS[6], lists = listsFrom(7), except = ARGV[1],
})
return due
`);

export interface EndpointMark {
  readonly endpoint: EndpointRef & { readonly url: string };
  /** Why it is disabled; null to warn of it. */
  readonly disabledReason: string | null;
  readonly event: {
    readonly id: string;
    readonly type: string;
    /** What all deliveries of the event have in common. */
    readonly fields: Readonly<Record<string, string>>;
  };
  readonly now: Date;
}

/** Answers the ids of the endpoints that are to be told now. */
export async function markEndpoint(
  redis: Redis,
  keys: Keys,
  { endpoint, disabledReason, event, now }: EndpointMark,
): Promise<readonly string[] | "stale"> {
  const { tenant, endpointId, url } = endpoint;
  const reply = await runScript(redis, MARK_ENDPOINT, {
    keys: [
      keys.endpoint(tenant, endpointId),
      ...endpointStateKeys(keys),
      keys.delivery(tenant, event.id),
      keys.openDeliveries,
      ...deliveryListKeys(keys, tenant),
    ],
    args: [
      endpointId,
      endpointMemberOf({ tenant, endpointId }),
      url,
      disabledReason ?? "",
      event.id,
      event.type,
      deliveryMemberOf({ tenant, deliveryId: event.id }),
      String(now.getTime()),
      ...Object.entries(event.fields).flat(),
    ],
  });
  return reply === null ? "stale" : (reply as string[]);
}
