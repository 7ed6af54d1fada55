import assert from "node:assert/strict";
import { jobStatuses } from "@herald/shared/jobs/status";
import { eventIdOf } from "@herald/shared/webhooks/webhook-ids";
import { deliveryMemberOf, memberOf } from "@herald/platform/redis/keys";
import type { ChainableCommander } from "ioredis";
import { TENANT, type TestStore } from "../test-store.ts";
import { isOver, type ModelJob, type World } from "./world.ts";

/** Compares all that Redis says about every job with the model, and with itself. In one round trip. */
export async function checkInvariants(world: World, store: TestStore): Promise<void> {
  const pipeline = store.redis.pipeline();
  const reads = [...world.jobs.values()].map((job) => ({ job, read: readTraces(job.id, store, pipeline) }));
  const replies = ((await pipeline.exec()) ?? []).map(([error, reply]) => {
    if (error !== null) throw error;
    return reply;
  });
  for (const { job, read } of reads) checkJob(job, read(replies));
}

function checkJob(job: ModelJob, { record, listings, delivery, places }: Traces): void {
  const over = isOver(job.status);
  const owed = over && job.wantsWebhook;
  const { status, attempts = "0", fence = null, audio, webhook } = record;
  assert.deepEqual(
    { status, attempts: Number(attempts), fence },
    { status: job.status, attempts: job.attempts, fence: job.fence },
  );
  assert.deepEqual(listings, {
    statuses: [job.status],
    ofTenant: true,
    text: !over,
    openJobs: !over,
    recordExpiry: over,
    audioExpiry: job.status === "completed",
    openDeliveries: owed,
  });
  // One result is visible: that of the attempt whose fence stands.
  assert.equal(audio?.includes(`/${job.fence}.`) ?? null, job.status === "completed" ? true : null);
  assert.equal(webhook?.includes('"none"') ?? false, over && !job.wantsWebhook);
  checkDelivery(job, owed, delivery?.body ?? null);
  // Never two entries, and never none for a job that is not over.
  assert.equal(places, job.hasEntry ? 1 : 0, "queue entries");
  assert(over || job.hasEntry, `a ${job.status} job lost its queue entry`);
}

function checkDelivery(job: ModelJob, owed: boolean, body: string | null): void {
  assert.equal(body !== null, owed, "a delivery");
  if (body === null) return;
  job.frozenBody ??= body;
  assert.equal(body, job.frozenBody, "the bytes of a webhook changed");
  const { type, data } = JSON.parse(body) as { type: string; data: { status: string } };
  assert.deepEqual([type, data.status], [`job.${job.status}`, job.status]);
}

interface Traces {
  readonly record: Readonly<Record<string, string | undefined>>;
  readonly listings: Readonly<Record<string, unknown>>;
  readonly delivery: { readonly body?: string } | null;
  /** In how many of the queue's places the entry is, of those from which a worker has it or will. */
  readonly places: number;
}

/** Puts its questions into the pipeline; what it returns makes the answers out of the replies to the whole pipeline. */
function readTraces(id: string, { keys, synthesis }: TestStore, pipeline: ChainableCommander) {
  const first = pipeline.length;
  const ref = { tenant: TENANT, jobId: id };
  const member = memberOf(ref);
  const scored = [keys.jobs(TENANT), ...jobStatuses.map((status) => keys.jobsWithStatus(TENANT, status))];
  const listed = [keys.openJobs, keys.recordExpiry, keys.audioExpiry];
  const part = (name: "wait" | "active" | "prioritized" | "delayed") => keys.queuePart(synthesis.name, name);
  pipeline.hgetall(keys.job(TENANT, id)).hgetall(keys.delivery(TENANT, eventIdOf(id)));
  pipeline.exists(keys.text(TENANT, id));
  pipeline.lrange(part("wait"), 0, -1).lrange(part("active"), 0, -1);
  pipeline.zscore(part("prioritized"), id).zscore(part("delayed"), id);
  for (const key of scored) pipeline.zscore(key, id);
  for (const key of listed) pipeline.zscore(key, member);
  // To the job's own URL, the delivery is named like the event.
  pipeline.zscore(keys.openDeliveries, deliveryMemberOf({ tenant: TENANT, deliveryId: eventIdOf(id) }));

  return (replies: readonly unknown[]): Traces => {
    const [record, delivery, text, waiting, active, prioritized, delayed, ...scores] = replies.slice(first);
    const [ofTenant, ...has] = scores.map((score) => score !== null);
    const [openJobs, recordExpiry, audioExpiry, openDeliveries] = has.slice(jobStatuses.length);
    const inLists = [waiting, active].flat().filter((entry) => entry === id).length;
    const inSets = [prioritized, delayed].filter((score) => score !== null).length;
    return {
      record: record as Traces["record"],
      delivery: delivery as { body?: string },
      listings: {
        statuses: jobStatuses.filter((_, i) => has[i]),
        ofTenant,
        text: text === 1,
        openJobs,
        recordExpiry,
        audioExpiry,
        openDeliveries,
      },
      places: inLists + inSets,
    };
  };
}
