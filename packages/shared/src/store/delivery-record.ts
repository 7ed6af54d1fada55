import { z } from "zod";
import { eventIdOf, webhookEvents, type Job, type WebhookEvent } from "../job/index.ts";

const deliveryStatuses = ["pending", "delivered", "failed"] as const;

/** One event on its way to one URL. */
export interface Delivery {
  readonly eventId: string;
  readonly jobId: string;
  readonly tenant: string;
  readonly type: WebhookEvent;
  readonly url: string;
  /** The exact bytes of every attempt, as text. */
  readonly body: string;
  readonly status: (typeof deliveryStatuses)[number];
  readonly createdAt: Date;
  readonly requestId: string;
  /** Attempts that were made before an operator had the delivery tried again. */
  readonly earlierAttempts: number;
}

export interface NewDelivery {
  readonly job: Job;
  readonly type: WebhookEvent;
  readonly url: string;
  readonly body: string;
  readonly createdAt: Date;
}

export function newDeliveryRecord({ job, type, url, body, createdAt }: NewDelivery): Record<string, string> {
  return {
    event_id: eventIdOf(job.id),
    job_id: job.id,
    tenant: job.tenant,
    type,
    url,
    body,
    status: "pending",
    created_at: String(createdAt.getTime()),
    request_id: job.request.requestId,
  };
}

const deliveryRecord = z.object({
  event_id: z.string(),
  job_id: z.string(),
  tenant: z.string(),
  type: z.enum(webhookEvents),
  url: z.string(),
  body: z.string(),
  status: z.enum(deliveryStatuses),
  created_at: z.string().transform((ms) => new Date(Number(ms))),
  request_id: z.string(),
  earlier_attempts: z.string().transform(Number).default(0),
});

/** Parses HGETALL's answer; null when there is no such delivery. */
export function parseDeliveryRecord(hash: Record<string, string>): Delivery | null {
  if (Object.keys(hash).length === 0) {
    return null;
  }
  const { event_id, job_id, created_at, request_id, earlier_attempts, ...rest } = deliveryRecord.parse(hash);
  return {
    ...rest,
    eventId: event_id,
    jobId: job_id,
    createdAt: created_at,
    requestId: request_id,
    earlierAttempts: earlier_attempts,
  };
}
