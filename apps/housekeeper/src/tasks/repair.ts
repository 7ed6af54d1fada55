import { audioKeyOf } from "@herald/shared/jobs/audio-key";
import { MAX_RETRIES, type Job } from "@herald/shared/jobs/job";
import { fail, isTerminal, release } from "@herald/shared/jobs/status";
import { isEndpointId } from "@herald/shared/webhooks/webhook-ids";
import type { EntryState } from "@herald/queue/queues/work-queue";
import type { DeliveryRef, JobRef } from "@herald/platform/redis/keys";
import type { Delivery } from "@herald/webhooks/deliveries/delivery-record";
import { enqueueDelivery } from "@herald/webhooks/deliveries/enqueue-delivery";
import {
  decideDeliveryRepair,
  decideJobRepair,
  type DeliveryRepair,
  type JobRepair,
} from "./decide-repair.ts";
import type { ReconcileDeps } from "./reconcile-deps.ts";

const JOB_ERRORS = {
  worker_lost: {
    code: "worker_lost",
    message: "the job took its worker down with it too often",
    segment: null,
  },
  job_failed: { code: "internal_error", message: "an unexpected error", segment: null },
} as const;

/**
 * Mends one job. The record is read again, after its entry was looked at: an outcome is written before its entry ends, so
 * what looks unfinished here is. Answers what was done; null when nothing was, because the world had moved on.
 */
export async function repairJob(
  ref: JobRef,
  entry: EntryState,
  deps: ReconcileDeps,
): Promise<JobRepair | null> {
  const job = await deps.jobs.find(ref);
  const repair = decideJobRepair({ status: job?.status ?? null, entry, attempts: job?.attempts ?? 0 });
  if (repair === "listing_dropped" || job === null) {
    await deps.synthesis.remove(ref.jobId);
    await deps.upkeep.lists.openJobs.drop(ref);
    return "listing_dropped";
  }
  switch (repair) {
    case "worker_lost":
    case "job_failed":
      return failJob(job, repair, deps);
    case "entry_restored":
      return enqueueAgain(job, deps);
    case null:
      return null;
  }
}

async function failJob(
  job: Job,
  repair: keyof typeof JOB_ERRORS,
  deps: ReconcileDeps,
): Promise<JobRepair | null> {
  if ((await deps.finishJob(job, fail(job, JOB_ERRORS[repair], deps.now()))) === "stale") {
    return null;
  }
  if (job.fence !== null) {
    // No attempt comes after this one to sweep up.
    const { id: jobId, tenant, fence, request } = job;
    const key = audioKeyOf({ tenant, jobId, fence, format: request.format });
    await deps.storage.remove(key).catch((error: unknown) => {
      deps.onFault({ tenant, jobId }, error); // The job has ended all the same; the sweep comes back to it.
    });
  }
  return repair;
}

/** The id of an entry that ended is taken until that entry is removed. */
async function enqueueAgain(
  job: Job,
  { jobs, synthesis, enqueueJob }: ReconcileDeps,
): Promise<JobRepair | null> {
  if (job.status === "processing" && job.fence !== null) {
    await jobs.apply(release({ ...job, fence: job.fence }));
  }
  if ((await synthesis.remove(job.id)) === "held") {
    return null;
  }
  await enqueueJob(job);
  return "entry_restored";
}

/** Mends one delivery; answers like `repairJob`. */
export async function repairDelivery(
  ref: DeliveryRef,
  entry: EntryState,
  deps: ReconcileDeps,
): Promise<DeliveryRepair | null> {
  const delivery = await deps.deliveries.find(ref);
  const job = delivery?.jobId == null ? null : await deps.jobs.find({ ...delivery, jobId: delivery.jobId });
  const madeThisRound = (delivery?.attemptsMade ?? 0) - (delivery?.earlierAttempts ?? 0);
  // An endpoint may have a schedule of its own, of which the worker knows.
  const most = isEndpointId(delivery?.endpointId ?? "") ? MAX_RETRIES + 1 : deps.deliveryAttempts;
  const attemptsLeft = madeThisRound < most;
  const repair = decideDeliveryRepair({ status: delivery?.status ?? null, entry, attemptsLeft });
  if (repair === "delivery_dropped" || delivery === null || isStray(delivery, job)) {
    await deps.upkeep.lists.openDeliveries.drop(ref);
    return "delivery_dropped";
  }
  if (repair === "delivery_failed") {
    const settled = await deps.deliveries.giveUp(delivery, "attempts_used_up", job?.webhook ?? null);
    return settled === "applied" ? repair : null;
  }
  if (repair === null || (await deps.deliveryQueue.remove(delivery.deliveryId)) === "held") {
    return null;
  }
  await enqueueDelivery(deps.deliveryQueue, delivery);
  return repair;
}

/** A job's end is what its deliveries tell of: without it there is nothing to tell. */
function isStray({ jobId }: Delivery, job: Job | null): boolean {
  return jobId !== null && (job === null || !isTerminal(job.status));
}
