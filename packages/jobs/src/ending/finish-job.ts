import type { Redis } from "ioredis";
import { priorities, type Job } from "@herald/shared/jobs/job";
import type { JobLinks } from "@herald/shared/jobs/present-job";
import type { Ending } from "@herald/shared/jobs/status";
import { endpointIdOfUrl } from "@herald/shared/webhooks/webhook-ids";
import type { DeliveryEntry } from "@herald/queue/queues/entries";
import type { WorkQueue } from "@herald/queue/queues/work-queue";
import type { Keys } from "@herald/platform/redis/keys";
import { writeEnding } from "./write-ending.ts";
import { giveBackPlace as writePlaceBack } from "../fair-queue/give-back-place.ts";
import { eventFields } from "@herald/webhooks/deliveries/delivery-record";
import { enqueueEvent } from "@herald/webhooks/deliveries/enqueue-delivery";
import { NO_WEBHOOK } from "../record/job-record.ts";
import { asEnded, jobEventOf } from "./job-event.ts";

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
    const own = ownWebhook(job, ending);
    const ended = asEnded(own === null ? { ...job, webhook: NO_WEBHOOK } : job, ending);
    const event = jobEventOf(ended, ending, deps.links);
    const endpoints = await writeEnding(deps.redis, deps.keys, {
      ending,
      event: { id: event.eventId, type: event.type, fields: eventFields(event) },
      own,
      recordExpiresAt: new Date(ending.at.getTime() + deps.recordTtlMs),
      keepText: deps.keepText,
    });
    if (endpoints === "stale") {
      return "stale";
    }
    if (ending.from === "pending") await giveBackPlace(deps, job);
    const receivers = own === null ? endpoints : [own.endpointId, ...endpoints];
    // The ending stands, whatever comes of this: a delivery that is not enqueued now is found by the housekeeper.
    await enqueueEvent(deps.deliveries, event, receivers).catch(deps.onDeliveryDelayed);
    return "applied";
  };
}

/** A crash before this costs the tenant some of its turn, and nothing else: no reason for the ending to fail. */
async function giveBackPlace({ redis, keys }: FinishJobDeps, { tenant, id, request }: Job): Promise<void> {
  const lane = priorities.indexOf(request.priority);
  await writePlaceBack(redis, keys, { tenant, jobId: id, lane }).catch(() => undefined);
}

/** The URL that came with the job, if it wants to be told of this ending. */
function ownWebhook({ request }: Job, { to }: Ending): { url: string; endpointId: string } | null {
  const { webhookUrl: url, webhookEvents } = request;
  return url !== null && webhookEvents.includes(`job.${to}`)
    ? { url, endpointId: endpointIdOfUrl(url) }
    : null;
}
