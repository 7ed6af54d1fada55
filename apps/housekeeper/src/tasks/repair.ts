import { eventIdOf, fail, release, type Job } from "@herald/shared/job";
import { synthesisOptions } from "@herald/shared/queues";
import type { JobRef } from "@herald/shared/redis";
import { enqueueDelivery } from "@herald/shared/store";
import type { DeliveryRepair, JobRepair } from "./decide-repair.ts";
import type { ReconcileDeps } from "./reconcile.ts";

const WORKER_LOST = {
  code: "worker_lost",
  message: "the job took its worker down with it too often",
  segment: null,
};

/** Answers whether anything had to be done after all: the world may have moved on since it was looked at. */
export async function repairJob(repair: JobRepair, ref: JobRef, deps: ReconcileDeps): Promise<boolean> {
  const job = await deps.jobs.find(ref);
  if (repair === "listing_dropped" || job === null) {
    await deps.upkeep.lists.openJobs.drop(ref);
    return true;
  }
  if (job.status !== "pending" && job.status !== "processing") {
    return false;
  }
  if (repair === "worker_lost") {
    return (await deps.finishJob(job, fail(job, WORKER_LOST, deps.now()))) === "applied";
  }
  return restoreEntry(job, deps);
}

/** The id of an entry that ended is taken until that entry is removed. */
async function restoreEntry(job: Job, { jobs, synthesis }: ReconcileDeps): Promise<boolean> {
  if (job.status === "processing" && job.fence !== null) {
    await jobs.apply(release({ ...job, fence: job.fence }));
  }
  if ((await synthesis.remove(job.id)) === "held") {
    return false;
  }
  const entry = { tenant: job.tenant, jobId: job.id, requestId: job.request.requestId };
  await synthesis.add(job.id, entry, synthesisOptions(job.request.priority));
  return true;
}

export async function repairDelivery(
  repair: DeliveryRepair,
  ref: JobRef,
  deps: ReconcileDeps,
): Promise<boolean> {
  const job = await deps.jobs.find(ref);
  if (repair === "delivery_dropped" || job === null) {
    await deps.upkeep.lists.openDeliveries.drop(ref);
    return true;
  }
  if ((await deps.deliveries.remove(eventIdOf(ref.jobId))) === "held") {
    return false;
  }
  await enqueueDelivery(deps.deliveries, job);
  return true;
}
