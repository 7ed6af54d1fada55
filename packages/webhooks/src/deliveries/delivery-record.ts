import { z } from "zod";
import { endpointEvents, type EndpointEvent } from "@herald/shared/jobs/job";
import { count, textOrNull, time } from "@herald/platform/redis/record-fields";
import type { DeliveryEntry } from "@herald/queue/queues/entries";

export const deliveryStatuses = ["pending", "delivered", "failed", "parked"] as const;

/** One event on its way to one endpoint. */
export interface Delivery {
  readonly deliveryId: string;
  readonly eventId: string;
  /** The resource that it goes to, or `url_...` for the URL that came with a job. */
  readonly endpointId: string;
  /** Null for an event that is no job's. */
  readonly jobId: string | null;
  readonly tenant: string;
  readonly type: EndpointEvent;
  /** Where it went when the event was recorded. An endpoint's own URL may be another one by now, and holds. */
  readonly url: string;
  /** The exact bytes of every attempt, as text. */
  readonly body: string;
  /** `parked`: its endpoint is disabled; it waits outside the queue. */
  readonly status: (typeof deliveryStatuses)[number];
  readonly createdAt: Date;
  /** Since when it is to be sent: its event, or somebody's having it sent again. */
  readonly dueSince: Date;
  /** Null before the first attempt, and once no other is to come. */
  readonly nextAttemptAt: Date | null;
  /** Why it was given up without an attempt's saying so. */
  readonly reason: string | null;
  readonly requestId: string;
  /** Attempts that were made before somebody had the delivery tried again. */
  readonly earlierAttempts: number;
  /** All that its history has had. The newest are kept. */
  readonly attemptsMade: number;
}

export interface NewEvent {
  readonly eventId: string;
  readonly tenant: string;
  readonly jobId: string | null;
  readonly type: EndpointEvent;
  readonly body: string;
  readonly createdAt: Date;
  readonly requestId: string;
}

/** What all deliveries of one event have in common, as fields of their records. */
export function eventFields({ eventId, tenant, jobId, ...event }: NewEvent): Record<string, string> {
  return {
    event_id: eventId,
    job_id: jobId ?? "",
    tenant,
    type: event.type,
    body: event.body,
    created_at: String(event.createdAt.getTime()),
    request_id: event.requestId,
  };
}

const deliveryRecord = z.object({
  delivery_id: z.string(),
  event_id: z.string(),
  endpoint_id: z.string(),
  job_id: textOrNull,
  tenant: z.string(),
  type: z.enum(endpointEvents),
  url: z.string(),
  body: z.string(),
  status: z.enum(deliveryStatuses),
  created_at: time,
  due_since: time.optional(),
  next_attempt_at: z
    .string()
    .transform((ms) => (ms === "" ? null : new Date(Number(ms))))
    .default(null),
  reason: textOrNull.default(null),
  request_id: z.string(),
  earlier_attempts: count.default(0),
  attempts_made: count.default(0),
});

/** What a delivery's record says beside its attempts, each of which has a field of its own. */
export const DELIVERY_FIELDS = Object.keys(deliveryRecord.shape);

/** Parses what HMGET says of `DELIVERY_FIELDS`; null when there is no such delivery. */
export function parseDeliveryRecord(values: readonly (string | null)[]): Delivery | null {
  const known: Record<string, string> = {};
  for (const [i, field] of DELIVERY_FIELDS.entries()) {
    const value = values[i];
    if (value != null) known[field] = value;
  }
  if (Object.keys(known).length === 0) {
    return null;
  }
  const record = deliveryRecord.parse(known);
  return {
    deliveryId: record.delivery_id,
    eventId: record.event_id,
    endpointId: record.endpoint_id,
    jobId: record.job_id,
    tenant: record.tenant,
    type: record.type,
    url: record.url,
    body: record.body,
    status: record.status,
    createdAt: record.created_at,
    dueSince: record.due_since ?? record.created_at,
    nextAttemptAt: record.next_attempt_at,
    reason: record.reason,
    requestId: record.request_id,
    earlierAttempts: record.earlier_attempts,
    attemptsMade: record.attempts_made,
  };
}

/** Names and trace context only: operators see the queue. */
export function entryOf(delivery: DeliveryEntry): DeliveryEntry {
  const { tenant, jobId, eventId, deliveryId, endpointId, requestId } = delivery;
  return { tenant, jobId, eventId, deliveryId, endpointId, requestId };
}

/** Whether it is the delivery that its job's own `webhook` field tells of. */
export function isOwnWebhook<D extends Pick<Delivery, "deliveryId" | "eventId" | "jobId">>(
  delivery: D,
): delivery is D & { readonly jobId: string } {
  return delivery.jobId !== null && delivery.deliveryId === delivery.eventId;
}
