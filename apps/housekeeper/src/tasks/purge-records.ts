import type { JobRef } from "@herald/platform/redis/keys";
import type { AudioStorage } from "@herald/shared/storage/audio-storage";
import type { JobStore } from "@herald/jobs/record/job-store";
import type { UpkeepStore } from "@herald/jobs/retention/upkeep-store";
import type { DeliveryStore } from "@herald/webhooks/deliveries/delivery-store";
import { AT_ONCE } from "./expire-audio.ts";
import { workOff, type IsOver } from "./work-off.ts";

export interface PurgeRecordsDeps {
  readonly upkeep: Pick<UpkeepStore, "lists" | "deliveryStatuses" | "expireAudio" | "purge">;
  readonly jobs: Pick<JobStore, "find">;
  readonly deliveries: Pick<DeliveryStore, "idsOf">;
  readonly storage: Pick<AudioStorage, "remove">;
  readonly isOver: IsOver;
  readonly onFault: (ref: JobRef, error: unknown) => void;
}

/** A webhook that is still owed keeps its record for as long as it takes. */
const POSTPONE_MS = 3_600_000;

export interface PurgeReport {
  readonly purged: number;
  readonly postponed: number;
  readonly failed: number;
}

/** Deletes the records of jobs that ended long ago, with their audio, should it still be there. */
export async function purgeRecords(deps: PurgeRecordsDeps, now: Date): Promise<PurgeReport> {
  const report = { purged: 0, postponed: 0, failed: 0 };
  await workOff({
    next: (page) => deps.upkeep.lists.recordExpiry.due(now, page),
    async handle(ref) {
      const result = await purgeOne(ref, deps, now);
      report[result]++;
      return result !== "failed";
    },
    isOver: deps.isOver,
    atOnce: AT_ONCE,
  });
  return report;
}

async function purgeOne(ref: JobRef, deps: PurgeRecordsDeps, now: Date): Promise<keyof PurgeReport> {
  const { upkeep, onFault } = deps;
  try {
    if ((await isOwed(ref, deps)) || (await purgeJob(ref, deps)) === "owed") {
      await upkeep.lists.recordExpiry.postpone(ref, new Date(now.getTime() + POSTPONE_MS));
      return "postponed";
    }
    return "purged";
  } catch (error) {
    onFault(ref, error);
    return "failed";
  }
}

async function isOwed(ref: JobRef, { upkeep, deliveries }: PurgeRecordsDeps): Promise<boolean> {
  const ids = await deliveries.idsOf(ref);
  const statuses = await upkeep.deliveryStatuses(ids.map((deliveryId) => ({ ...ref, deliveryId })));
  return statuses.includes("pending");
}

/** The audio first: once the record is gone, nobody knows that there was any. Mostly it expired long before. */
async function purgeJob(
  ref: JobRef,
  { upkeep, jobs, storage }: PurgeRecordsDeps,
): Promise<"purged" | "owed"> {
  const job = await jobs.find(ref);
  if (job?.audio) {
    if (!job.audioExpired) await upkeep.expireAudio(ref);
    await storage.remove(job.audio.key);
  }
  return upkeep.purge(ref);
}
