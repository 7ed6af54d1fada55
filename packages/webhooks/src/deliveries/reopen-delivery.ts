import type { Redis } from "ioredis";
import { deliveryMemberOf, type Keys } from "@herald/platform/redis/keys";
import { deliveryListKeys, NAMES_OF_DELIVERY, RELIST_DELIVERY } from "./delivery-lists.ts";
import type { DeliveryNames } from "./record-attempt-lua.ts";
import { createScript, runScript } from "@herald/platform/redis/script";

// The one way back to `pending`: somebody decided to try a delivery again, one that arrived too, or to send what was
// parked. The delivery, what its job says about it and the lists change together, so that a process which dies before
// the queue entry waits again leaves a delivery that is owed and listed, and is found. The attempts made so far stay in
// the history; how many they are is noted, because a new round of attempts begins. What is parked waits for its
// endpoint to be enabled.
//
// KEYS[1]  delivery hash   KEYS[2]  open deliveries   KEYS[3]  the endpoint's pending deliveries
// KEYS[4]  the endpoint's parked deliveries   KEYS[5…8]  the lists of deliveries   KEYS[9]  job hash, if the job tells of it
// ARGV[1]  the status that it is in   ARGV[2]  webhook progress of the job as JSON   ARGV[3]  member of open deliveries
// ARGV[4]  delivery id   ARGV[5]  now in ms   ARGV[6]  "1" for an endpoint that keeps lists of its deliveries
// Returns  1 when reopened, 0 when the delivery was not in that status, its job is gone, or its endpoint disabled
const REOPEN_DELIVERY = createScript(`${RELIST_DELIVERY}${NAMES_OF_DELIVERY}
if redis.call("HGET", KEYS[1], "status") ~= ARGV[1] or (KEYS[9] and redis.call("EXISTS", KEYS[9]) == 0) then
  return 0
end
local lists = listsFrom(5)
if ARGV[1] == "parked" and redis.call("HGET", lists.endpoints .. ":" .. namesOf(KEYS[1]).endpoint, "enabled") ~= "1" then
  return 0
end
redis.call("HSET", KEYS[1], "status", "pending", "earlier_attempts", redis.call("HGET", KEYS[1], "attempts_made") or 0,
  "next_attempt_at", "", "reason", "", "due_since", ARGV[5])
if KEYS[9] then
  redis.call("HSET", KEYS[9], "webhook", ARGV[2])
end
relistDelivery(lists, namesOf(KEYS[1]), ARGV[1], "pending")
redis.call("ZADD", KEYS[2], ARGV[5], ARGV[3])
redis.call("ZREM", KEYS[4], ARGV[4])
if ARGV[6] == "1" then
  redis.call("ZADD", KEYS[3], ARGV[5], ARGV[4])
end
return 1
`);

export interface DeliveryReopening {
  readonly delivery: DeliveryNames;
  readonly from: "delivered" | "failed" | "parked";
  readonly own: { readonly jobId: string; readonly progress: string } | null;
  readonly now: Date;
}

export async function reopenDelivery(
  redis: Redis,
  keys: Keys,
  { delivery, from, own, now }: DeliveryReopening,
): Promise<"applied" | "stale"> {
  const { tenant, deliveryId, endpointId } = delivery;
  const reply = await runScript(redis, REOPEN_DELIVERY, {
    keys: [
      keys.delivery(tenant, deliveryId),
      keys.openDeliveries,
      keys.endpointPending(tenant, endpointId),
      keys.endpointParked(tenant, endpointId),
      ...deliveryListKeys(keys, tenant),
      ...(own === null ? [] : [keys.job(tenant, own.jobId)]),
    ],
    args: [
      from,
      own?.progress ?? "",
      deliveryMemberOf(delivery),
      deliveryId,
      String(now.getTime()),
      own === null ? "1" : "",
    ],
  });
  return reply === 1 ? "applied" : "stale";
}
