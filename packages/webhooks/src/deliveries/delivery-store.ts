import type { Redis } from "ioredis";
import type { WebhookProgress } from "@herald/shared/jobs/job";
import { eventIdOf } from "@herald/shared/webhooks/webhook-ids";
import type { DeliveryRef, JobRef, Keys } from "@herald/platform/redis/keys";
import { attemptFields } from "./record-attempt-lua.ts";
import { parkDelivery } from "./park-delivery.ts";
import { recordAttempt } from "./record-attempt.ts";
import { reopenDelivery } from "./reopen-delivery.ts";
import { ownOf } from "./attempt-outcome.ts";
import { parseAttempt, type DeliveryAttempt } from "./delivery-attempt.ts";
import { DELIVERY_FIELDS, parseDeliveryRecord, type Delivery } from "./delivery-record.ts";
import { listDeliveries, type DeliveryPage, type DeliveryQuery } from "./list-deliveries.ts";

export interface DeliveryStore {
  find(ref: DeliveryRef): Promise<Delivery | null>;
  list(query: DeliveryQuery): Promise<DeliveryPage>;
  /** Every delivery that a job's end may have owed: to its own URL, and to the endpoints that were told. */
  idsOf(job: JobRef): Promise<readonly string[]>;
  attempts(ref: DeliveryRef): Promise<readonly DeliveryAttempt[]>;
  /** Settles a delivery that no attempt will settle any more. `progress` is what its job said about it so far. */
  giveUp(delivery: Delivery, reason: string, progress: WebhookProgress | null): Promise<"applied" | "stale">;
  /**
   * From wherever it was settled or parked back to `pending`, with all attempts ahead of it again; to be followed by
   * its entry in the queue. `progress` is what its job said about it; null for the delivery to an endpoint.
   */
  reopen(delivery: Delivery, progress: WebhookProgress | null, now: Date): Promise<"applied" | "stale">;
  /** From `pending` to `parked`. Its entry in the queue is the caller's to end. */
  park(delivery: Delivery, now: Date): Promise<"applied" | "stale">;
}

export function createDeliveryStore(redis: Redis, keys: Keys): DeliveryStore {
  return {
    async find({ tenant, deliveryId }) {
      return parseDeliveryRecord(await redis.hmget(keys.delivery(tenant, deliveryId), ...DELIVERY_FIELDS));
    },

    list: (query) => listDeliveries(redis, keys, query),

    async idsOf({ tenant, jobId }) {
      const endpoints = await redis.hget(keys.job(tenant, jobId), "endpoints");
      const own = eventIdOf(jobId);
      return [own, ...(endpoints?.split(" ") ?? []).map((endpointId) => `${own}.${endpointId}`)];
    },

    async attempts({ tenant, deliveryId }) {
      const record = keys.delivery(tenant, deliveryId);
      const made = Number(await redis.hget(record, "attempts_made"));
      if (made === 0) return [];
      const lines = await redis.hmget(record, ...attemptFields(made));
      return lines.flatMap((line) => (line === null ? [] : [parseAttempt(line)]));
    },

    giveUp(delivery, reason, progress) {
      const settled = progress === null ? null : { ...progress, status: "failed", nextAttemptAt: null };
      return recordAttempt(redis, keys, {
        delivery,
        status: "failed",
        nextAttemptAt: null,
        reason,
        attempt: null,
        attemptsBefore: delivery.attemptsMade,
        own: ownOf(delivery, settled),
      });
    },

    reopen(delivery, progress, now) {
      const reopened =
        progress === null ? null : { ...progress, status: "pending", attempts: 0, nextAttemptAt: null };
      const { status: from } = delivery;
      if (from === "pending") {
        return Promise.resolve("stale");
      }
      return reopenDelivery(redis, keys, { delivery, from, own: ownOf(delivery, reopened), now });
    },

    park: ({ tenant, deliveryId, endpointId }, now) =>
      parkDelivery(redis, keys, { tenant, deliveryId, endpointId, now }),
  };
}
