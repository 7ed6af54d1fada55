import type { Redis } from "ioredis";
import { deliveryMemberOf, type DeliveryRef, type Keys } from "@herald/platform/redis/keys";
import { deliveryListKeys, FORGET_DELIVERY } from "./delivery-lists.ts";
import { createScript, runScript } from "@herald/platform/redis/script";

// A delivery may have been reopened since it was found on the list of settled ones, and is owed again.
//
// KEYS[1]  delivery hash   KEYS[2…5]  the lists of deliveries
// ARGV[1]  member of settled deliveries
// Returns  1 when it is gone, now or before, 0 when it is pending; and the bytes that all the others take
const FORGET_UNLESS_OWED = createScript(`${FORGET_DELIVERY}
local lists = listsFrom(2)
redis.call("ZREM", lists.settled, ARGV[1])
local isPending = redis.call("HGET", KEYS[1], "status") == "pending"
if not isPending then
  forgetDelivery(lists, KEYS[1])
end
return {isPending and 0 or 1, tonumber(redis.call("GET", lists.bytes) or 0)}
`);

export interface Forgotten {
  readonly outcome: "forgotten" | "owed";
  readonly bytesLeft: number;
}

export async function forgetDelivery(redis: Redis, keys: Keys, ref: DeliveryRef): Promise<Forgotten> {
  const { tenant, deliveryId } = ref;
  const reply = await runScript(redis, FORGET_UNLESS_OWED, {
    keys: [keys.delivery(tenant, deliveryId), ...deliveryListKeys(keys, tenant)],
    args: [deliveryMemberOf(ref)],
  });
  const [forgotten, bytesLeft] = reply as [number, number];
  return { outcome: forgotten === 1 ? "forgotten" : "owed", bytesLeft };
}
