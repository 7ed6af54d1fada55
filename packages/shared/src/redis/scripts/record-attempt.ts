import type { Redis } from "ioredis";
import { deliveryMemberOf, type Keys } from "../keys.ts";
import { createScript, runScript } from "../script.ts";
import { DELIVERY_LISTS, deliveryListKeys } from "./delivery-lists.ts";

// An attempt's line in the delivery's history, what it means for the delivery, and what the job says about its webhook
// must agree. A delivery that is already settled stays so: the attempt of a worker that was cut off comes too late. One
// that was parked can be settled, and has no next attempt. Sent twice, because a connection broke before the answer, it
// records one attempt.
//
// KEYS[1]  delivery hash   KEYS[2]  list of attempts   KEYS[3]  open deliveries   KEYS[4]  the endpoint's pending deliveries
// KEYS[5]  the endpoint's parked deliveries   KEYS[6…9]  the lists of deliveries   KEYS[10]  job hash, if the job tells of it
// ARGV[1]  delivery's new status   ARGV[2]  attempt as JSON, "" for none   ARGV[3]  webhook progress of the job as JSON
// ARGV[4]  member of open deliveries   ARGV[5]  delivery id   ARGV[6]  how many attempts are kept
// ARGV[7]  when the next attempt is due, ms, "" for none   ARGV[8]  why it was given up, "" when it was not
// Returns  1 when recorded, now or before, 0 when the delivery was settled already, or waits parked
const RECORD_ATTEMPT = createScript(`${DELIVERY_LISTS}
if redis.call("LINDEX", KEYS[2], -1) == ARGV[2] then
  return 1
end
local status = redis.call("HGET", KEYS[1], "status")
if status ~= "pending" and not (status == "parked" and ARGV[1] ~= "pending") then
  return 0
end
redis.call("HSET", KEYS[1], "status", ARGV[1], "next_attempt_at", ARGV[7], "reason", ARGV[8])
if ARGV[2] ~= "" then
  local kept = redis.call("RPUSH", KEYS[2], ARGV[2])
  local dropped = kept > tonumber(ARGV[6]) and redis.call("LPOP", KEYS[2]) or ""
  countBytes(listsFrom(6), KEYS[1], #ARGV[2] - #dropped)
end
if KEYS[10] and redis.call("EXISTS", KEYS[10]) == 1 then
  redis.call("HSET", KEYS[10], "webhook", ARGV[3])
end
relistDelivery(listsFrom(6), KEYS[1], status, ARGV[1])
if ARGV[1] ~= "pending" then
  redis.call("ZREM", KEYS[3], ARGV[4])
  redis.call("ZREM", KEYS[4], ARGV[5])
  redis.call("ZREM", KEYS[5], ARGV[5])
end
return 1
`);

/** The newest attempts are kept; schedules of days have far fewer. */
const ATTEMPTS_KEPT = 100;

export interface DeliveryNames {
  readonly tenant: string;
  readonly deliveryId: string;
  readonly endpointId: string;
}

export interface AttemptRecord {
  readonly delivery: DeliveryNames;
  readonly status: "pending" | "delivered" | "failed";
  /** Null when the delivery is settled without one. */
  readonly attempt: string | null;
  readonly nextAttemptAt: Date | null;
  /** Why the delivery is given up; null when it is not. */
  readonly reason: string | null;
  /** What a job is to say about its own webhook; null for the delivery to an endpoint. */
  readonly own: { readonly jobId: string; readonly progress: string } | null;
}

export async function recordAttempt(
  redis: Redis,
  keys: Keys,
  record: AttemptRecord,
): Promise<"applied" | "stale"> {
  const { delivery, own } = record;
  const { tenant, deliveryId, endpointId } = delivery;
  const reply = await runScript(redis, RECORD_ATTEMPT, {
    keys: [
      keys.delivery(tenant, deliveryId),
      keys.deliveryAttempts(tenant, deliveryId),
      keys.openDeliveries,
      keys.endpointPending(tenant, endpointId),
      keys.endpointParked(tenant, endpointId),
      ...deliveryListKeys(keys, tenant),
      ...(own === null ? [] : [keys.job(tenant, own.jobId)]),
    ],
    args: [
      record.status,
      record.attempt ?? "",
      own?.progress ?? "",
      deliveryMemberOf(delivery),
      deliveryId,
      String(ATTEMPTS_KEPT),
      String(record.nextAttemptAt?.getTime() ?? ""),
      record.reason ?? "",
    ],
  });
  return reply === 1 ? "applied" : "stale";
}
