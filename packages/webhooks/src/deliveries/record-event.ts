import type { Redis } from "ioredis";
import { deliveryMemberOf, type EndpointRef, type Keys } from "@herald/platform/redis/keys";
import { deliveryListKeys } from "./delivery-lists.ts";
import { FAN_OUT } from "./fan-out.ts";
import { createScript, runScript } from "@herald/platform/redis/script";

// An event for one endpoint alone. Whether it is enabled is read here: what is recorded as pending is sent. Sent twice,
// because a connection broke before the answer, it records one delivery, which may have arrived meanwhile.
//
// KEYS[1]  endpoint hash   KEYS[2]  its pending deliveries   KEYS[3]  hash of the delivery with the event's own id
// KEYS[4]  open deliveries   KEYS[5…8]  the lists of deliveries
// ARGV[1]  endpoint id   ARGV[2]  event id   ARGV[3]  member of open deliveries   ARGV[4]  now in ms
// ARGV[5…] the delivery's field, value pairs
// Returns  1 when recorded, now or before, 0 when the endpoint is disabled, or gone
const RECORD_EVENT = createScript(`${FAN_OUT}
if redis.call("EXISTS", KEYS[3] .. "." .. ARGV[1]) == 1 then
  return 1
end
local enabled, url = unpack(redis.call("HMGET", KEYS[1], "enabled", "url"))
if enabled ~= "1" then
  return 0
end
local event = {
  id = ARGV[2], member = ARGV[3], now = ARGV[4], fields = {unpack(ARGV, 5)},
  hash = KEYS[3], open = KEYS[4], lists = listsFrom(5),
}
recordDelivery(event, "." .. ARGV[1], ARGV[1], url, "pending")
redis.call("ZADD", KEYS[2], event.now, event.id .. "." .. ARGV[1])
return 1
`);

export interface EventRecord {
  readonly endpoint: EndpointRef;
  readonly eventId: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly now: Date;
}

export async function recordEvent(
  redis: Redis,
  keys: Keys,
  { endpoint, eventId, fields, now }: EventRecord,
): Promise<"recorded" | "disabled"> {
  const { tenant, endpointId } = endpoint;
  const reply = await runScript(redis, RECORD_EVENT, {
    keys: [
      keys.endpoint(tenant, endpointId),
      keys.endpointPending(tenant, endpointId),
      keys.delivery(tenant, eventId),
      keys.openDeliveries,
      ...deliveryListKeys(keys, tenant),
    ],
    args: [
      endpointId,
      eventId,
      deliveryMemberOf({ tenant, deliveryId: eventId }),
      String(now.getTime()),
      ...Object.entries(fields).flat(),
    ],
  });
  return reply === 1 ? "recorded" : "disabled";
}
