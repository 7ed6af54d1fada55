import type { Redis } from "ioredis";
import {
  eventIdOf,
  presentJob,
  type Ending,
  type Job,
  type JobLinks,
  type WebhookEvent,
} from "../job/index.ts";
import type { DeliveryEntry, WorkQueue } from "../queues/index.ts";
import type { Keys } from "../redis/keys.ts";
import { finishJob as writeEnding } from "../redis/scripts/finish-job.ts";
import { newDeliveryRecord, type NewDelivery } from "./delivery-record.ts";

export interface FinishJobDeps {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly deliveries: WorkQueue<DeliveryEntry>;
  readonly links: JobLinks;
  readonly recordTtlMs: number;
  readonly keepText: boolean;
  readonly onDeliveryDelayed: (error: unknown) => void;
}

/** Ends a job, decided by one of the constructors in job/status.ts. "stale": somebody else was first, nothing was written. */
export type FinishJob = (job: Job, ending: Ending) => Promise<"applied" | "stale">;

export function createFinishJob(deps: FinishJobDeps): FinishJob {
  return async (job, ending) => {
    const ended = asEnded(job, ending);
    const delivery = deliveryOwed(ended, deps.links);
    const outcome = await writeEnding(deps.redis, deps.keys, {
      ending: delivery === null ? withoutWebhook(ending) : ending,
      eventId: eventIdOf(job.id),
      delivery: delivery === null ? null : newDeliveryRecord(delivery),
      recordExpiresAt: new Date(ending.at.getTime() + deps.recordTtlMs),
      audioExpiresAt: ended.audio === null ? null : new Date(ended.audio.expiresAt),
      keepText: deps.keepText,
    });
    if (outcome === "applied" && delivery !== null) {
      // The ending stands, whatever comes of this: a delivery that is not enqueued now is found by the housekeeper.
      await enqueueDelivery(deps.deliveries, ended).catch(deps.onDeliveryDelayed);
    }
    return outcome;
  };
}

/** Safe to repeat: the entry's id is the event's. Also for whoever finds an ended job whose delivery is still owed. */
export async function enqueueDelivery(queue: WorkQueue<DeliveryEntry>, job: Job): Promise<void> {
  const { id: jobId, tenant, request } = job;
  const eventId = eventIdOf(jobId);
  await queue.add(eventId, { tenant, jobId, eventId, requestId: request.requestId });
}

function asEnded(job: Job, { to, at, fields }: Ending): Job {
  return {
    ...job,
    status: to,
    finishedAt: at,
    audio: fields["audio"] === undefined ? null : (JSON.parse(fields["audio"]) as Job["audio"]),
    error: fields["error"] === undefined ? null : (JSON.parse(fields["error"]) as Job["error"]),
    segmentsDone: Number(fields["segments_done"] ?? job.segmentsDone),
    segmentsTotal: Number(fields["segments_total"] ?? job.segmentsTotal),
  };
}

/** The bytes are frozen here: every attempt, today's and tomorrow's, sends exactly these. */
function deliveryOwed(job: Job, links: JobLinks): NewDelivery | null {
  const { webhookUrl, webhookEvents } = job.request;
  const type = `job.${job.status}` as WebhookEvent;
  if (webhookUrl === null || job.finishedAt === null || !webhookEvents.includes(type)) {
    return null;
  }
  const timestamp = job.finishedAt.toISOString();
  const body = JSON.stringify({ type, timestamp, data: presentJob(job, links) });
  return { job, type, url: webhookUrl, body, createdAt: job.finishedAt };
}

function withoutWebhook(ending: Ending): Ending {
  const none = {
    status: "none",
    attempts: 0,
    lastStatusCode: null,
    lastAttemptAt: null,
    nextAttemptAt: null,
  };
  return { ...ending, fields: { ...ending.fields, webhook: JSON.stringify(none) } };
}
