import type { AttemptRecord } from "./record-attempt-lua.ts";
import type { DeliveryAttempt } from "./delivery-attempt.ts";
import { isOwnWebhook, type Delivery } from "./delivery-record.ts";

/** What one attempt came to, to be written into the delivery's history. */
export interface AttemptOutcome {
  readonly delivery: Delivery;
  readonly attempt: DeliveryAttempt;
  readonly status: "pending" | "delivered" | "failed";
  readonly nextAttemptAt: Date | null;
}

export function recordOf({ delivery, attempt, status, nextAttemptAt }: AttemptOutcome): AttemptRecord {
  const progress = {
    status,
    attempts: attempt.attempt,
    lastStatusCode: attempt.status_code,
    lastAttemptAt: Date.parse(attempt.at),
    nextAttemptAt: nextAttemptAt?.getTime() ?? null,
  };
  return {
    delivery,
    status,
    nextAttemptAt,
    reason: null,
    attempt: JSON.stringify(attempt),
    attemptsBefore: delivery.attemptsMade,
    own: ownOf(delivery, progress),
  };
}

/** What a job is to say about its own webhook; null for the delivery to an endpoint. */
export function ownOf(delivery: Delivery, progress: object | null): AttemptRecord["own"] {
  return progress !== null && isOwnWebhook(delivery)
    ? { jobId: delivery.jobId, progress: JSON.stringify(progress) }
    : null;
}
