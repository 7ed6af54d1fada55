import type { Redis } from "ioredis";
import {
  endpointIdOfUrl,
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
import { eventFields, type NewEvent } from "./delivery-record.ts";
import { enqueueEvent } from "./enqueue-delivery.ts";

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
  return async (job, decided) => {
    const own = ownWebhook(job, decided);
    const ending = own === null ? withoutWebhook(decided) : decided;
    const ended = asEnded(job, ending);
    const event = eventOf(ended, ending, deps.links);
    const endpoints = await writeEnding(deps.redis, deps.keys, {
      ending,
      event: { id: event.eventId, type: event.type, fields: eventFields(event) },
      own,
      recordExpiresAt: new Date(ending.at.getTime() + deps.recordTtlMs),
      audioExpiresAt: ended.audio === null ? null : new Date(ended.audio.expiresAt),
      keepText: deps.keepText,
    });
    if (endpoints === "stale") {
      return "stale";
    }
    const receivers = own === null ? endpoints : [own.endpointId, ...endpoints];
    // The ending stands, whatever comes of this: a delivery that is not enqueued now is found by the housekeeper.
    await enqueueEvent(deps.deliveries, event, receivers).catch(deps.onDeliveryDelayed);
    return "applied";
  };
}

function asEnded(job: Job, { to, at, fields }: Ending): Job {
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

/** The URL that came with the job, if it wants to be told of this ending. */
function ownWebhook({ request }: Job, { to }: Ending): { url: string; endpointId: string } | null {
  const { webhookUrl: url, webhookEvents } = request;
  return url !== null && webhookEvents.includes(`job.${to}`)
    ? { url, endpointId: endpointIdOfUrl(url) }
    : null;
}

/** Counts the events of one job from 1, for receivers that put them in order. A job's end is its first and its last. */
const SEQUENCE = 1;

/** The bytes are frozen here: every attempt, today's and tomorrow's, to whichever endpoint, sends exactly these. */
function eventOf(job: Job, { at }: Ending, links: JobLinks): NewEvent {
  const type = `job.${job.status}` as WebhookEvent;
  return {
    eventId: eventIdOf(job.id),
    tenant: job.tenant,
    jobId: job.id,
    type,
    body: JSON.stringify({
      type,
      timestamp: at.toISOString(),
      data: { ...presentJob(job, links), sequence: SEQUENCE },
    }),
    createdAt: at,
    requestId: job.request.requestId,
  };
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
