import type { Redis } from "ioredis";
import { deliveryMemberOf, endpointMemberOf, type Keys } from "@herald/platform/redis/keys";
import { deliveryListKeys, NAMES_OF_DELIVERY, RELIST_DELIVERY } from "./delivery-lists.ts";
import type { DeliveryNames } from "./record-attempt-lua.ts";
import { UNPARKING } from "../endpoints/unparking.ts";
import { createScript, runScript } from "@herald/platform/redis/script";

// A parked delivery is on none of the lists that the housekeeper mends the queue from, or it would be enqueued again. Its
// endpoint may have been enabled since somebody saw that it was not: then nobody else would come to send it.
//
// KEYS[1]  delivery hash   KEYS[2]  open deliveries   KEYS[3]  the endpoint's pending deliveries   KEYS[4]  its parked ones
// KEYS[5…8]  the lists of deliveries   KEYS[9]  endpoint hash   KEYS[10]  endpoints whose parked deliveries are to be sent
// ARGV[1]  member of open deliveries   ARGV[2]  delivery id   ARGV[3]  now in ms   ARGV[4]  member of those endpoints
// Returns  1 when parked, now or before, 0 when the delivery was settled
const PARK_DELIVERY = createScript(`${RELIST_DELIVERY}${NAMES_OF_DELIVERY}${UNPARKING}
local status = redis.call("HGET", KEYS[1], "status")
if status ~= "pending" then
  return status == "parked" and 1 or 0
end
redis.call("HSET", KEYS[1], "status", "parked", "next_attempt_at", "")
redis.call("ZREM", KEYS[2], ARGV[1])
redis.call("ZREM", KEYS[3], ARGV[2])
redis.call("ZADD", KEYS[4], ARGV[3], ARGV[2])
relistDelivery(listsFrom(5), namesOf(KEYS[1]), "pending", "parked")
if redis.call("HGET", KEYS[9], "enabled") == "1" then
  unpark(KEYS[4], KEYS[10], ARGV[4])
end
return 1
`);

export async function parkDelivery(
  redis: Redis,
  keys: Keys,
  { now, ...delivery }: DeliveryNames & { readonly now: Date },
): Promise<"applied" | "stale"> {
  const { tenant, deliveryId, endpointId } = delivery;
  const reply = await runScript(redis, PARK_DELIVERY, {
    keys: [
      keys.delivery(tenant, deliveryId),
      keys.openDeliveries,
      keys.endpointPending(tenant, endpointId),
      keys.endpointParked(tenant, endpointId),
      ...deliveryListKeys(keys, tenant),
      keys.endpoint(tenant, endpointId),
      keys.unparkingEndpoints,
    ],
    args: [
      deliveryMemberOf(delivery),
      deliveryId,
      String(now.getTime()),
      endpointMemberOf({ tenant, endpointId }),
    ],
  });
  return reply === 1 ? "applied" : "stale";
}
