import type { Job, WebhookEvent } from "@herald/shared/jobs/job";
import { presentJob, type JobLinks } from "@herald/shared/jobs/present-job";
import type { Ending } from "@herald/shared/jobs/status";
import { eventIdOf } from "@herald/shared/webhooks/webhook-ids";
import type { NewEvent } from "@herald/webhooks/deliveries/delivery-record";
import { eventBody } from "@herald/webhooks/deliveries/event-body";

/** Counts the events of one job from 1, for receivers that put them in order. A job's end is its first and its last. */
const SEQUENCE = 1;

/** The job as it will be once the ending is written. */
export function asEnded(job: Job, ending: Ending): Job {
  const ended = { ...job, status: ending.to, finishedAt: ending.at, audio: null, error: null };
  switch (ending.to) {
    case "completed": {
      const { audio, segments } = ending;
      return { ...ended, audio, segmentsDone: segments, segmentsTotal: segments };
    }
    case "failed":
      return { ...ended, error: ending.error };
    case "cancelled":
      return ended;
  }
}

export function jobEventOf(job: Job, { to, at }: Ending, links: JobLinks): NewEvent {
  const type: WebhookEvent = `job.${to}`;
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
