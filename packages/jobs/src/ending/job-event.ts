import type { Job, WebhookEvent } from "@herald/shared/jobs/job";
import { presentJob, type JobLinks } from "@herald/shared/jobs/present-job";
import type { Ending } from "@herald/shared/jobs/status";
import { eventIdOf } from "@herald/shared/webhooks/webhook-ids";
import type { NewEvent } from "@herald/webhooks/deliveries/delivery-record";
import { eventBody } from "@herald/webhooks/deliveries/event-body";

/** Counts the events of one job from 1, for receivers that put them in order. A job's end is its first and its last. */
const SEQUENCE = 1;

/** The job as it will be once the ending is written. */
export function asEnded(job: Job, { to, at, fields }: Ending): Job {
  const parsed = <T>(field: string, otherwise: T): T =>
    fields[field] === undefined ? otherwise : (JSON.parse(fields[field]) as T);
  return {
    ...job,
    status: to,
    finishedAt: at,
    audio: parsed<Job["audio"]>("audio", null),
    error: parsed<Job["error"]>("error", null),
    webhook: parsed("webhook", job.webhook),
    segmentsDone: Number(fields["segments_done"] ?? job.segmentsDone),
    segmentsTotal: Number(fields["segments_total"] ?? job.segmentsTotal),
  };
}

export function jobEventOf(job: Job, { at }: Ending, links: JobLinks): NewEvent {
  const type = `job.${job.status}` as WebhookEvent;
  return {
    eventId: eventIdOf(job.id),
    tenant: job.tenant,
    jobId: job.id,
    type,
    body: eventBody(type, at, jobEventData(job, links)),
    createdAt: at,
    requestId: job.request.requestId,
  };
}

/**
 * The same bytes go to every endpoint of the tenant. Of the job's own URL they hold the origin alone: its path and query may
 * be secrets, which are none of the other receivers'.
 */
export function jobEventData(job: Job, links: JobLinks) {
  const { webhook, ...presented } = presentJob(job, links);
  const url = webhook.url === null ? null : new URL(webhook.url).origin;
  return { ...presented, webhook: { ...webhook, url }, sequence: SEQUENCE };
}
