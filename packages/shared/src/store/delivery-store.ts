import type { Redis } from "ioredis";
import { z } from "zod";
import type { WebhookProgress } from "../job/index.ts";
import type { JobRef, Keys } from "../redis/keys.ts";
import { recordAttempt } from "../redis/scripts/record-attempt.ts";
import { reopenDelivery } from "../redis/scripts/reopen-delivery.ts";
import { parseDeliveryRecord, type Delivery } from "./delivery-record.ts";

/** One POST, as it is remembered. The wire form of `GET /v1/jobs/{id}/deliveries` and of Redis are the same. */
const deliveryAttempt = z.object({
  attempt: z.number(),
  at: z.iso.datetime(),
  duration_ms: z.number(),
  status_code: z.number().nullable(),
  error_class: z.string().nullable(),
});

export type DeliveryAttempt = z.infer<typeof deliveryAttempt>;

export interface AttemptOutcome {
  readonly delivery: Delivery;
  readonly attempt: DeliveryAttempt;
  readonly status: Delivery["status"];
  readonly nextAttemptAt: Date | null;
}

export interface DeliveryStore {
  find(ref: JobRef, eventId: string): Promise<Delivery | null>;
  attempts(ref: JobRef, eventId: string): Promise<readonly DeliveryAttempt[]>;
  /** "stale": the delivery was already settled, by another attempt. */
  record(outcome: AttemptOutcome): Promise<"applied" | "stale">;
  /** From `failed` back to `pending`, with all attempts ahead of it again. `progress` is what its job said about it. */
  reopen(delivery: Delivery, progress: WebhookProgress, now: Date): Promise<"applied" | "stale">;
}

export function createDeliveryStore(redis: Redis, keys: Keys): DeliveryStore {
  return {
    async find({ tenant }, eventId) {
      return parseDeliveryRecord(await redis.hgetall(keys.delivery(tenant, eventId)));
    },

    async attempts({ tenant }, eventId) {
      const lines = await redis.lrange(keys.deliveryAttempts(tenant, eventId), 0, -1);
      return lines.map((line) => deliveryAttempt.parse(JSON.parse(line)));
    },

    record({ delivery, attempt, status, nextAttemptAt }) {
      const { tenant, jobId, eventId } = delivery;
      const progress = {
        status,
        attempts: attempt.attempt,
        lastStatusCode: attempt.status_code,
        lastAttemptAt: Date.parse(attempt.at),
        nextAttemptAt: nextAttemptAt?.getTime() ?? null,
      };
      return recordAttempt(redis, keys, {
        ref: { tenant, jobId },
        eventId,
        status,
        attempt: JSON.stringify(attempt),
        progress: JSON.stringify(progress),
      });
    },

    reopen({ tenant, jobId, eventId }, progress, now) {
      const reopened = { ...progress, status: "pending", attempts: 0, nextAttemptAt: null };
      const ref = { tenant, jobId };
      return reopenDelivery(redis, keys, { ref, eventId, progress: JSON.stringify(reopened), now });
    },
  };
}
