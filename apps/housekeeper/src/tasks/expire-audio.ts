import type { JobRef } from "@herald/platform/redis/keys";
import type { AudioStorage } from "@herald/shared/storage/audio-storage";
import type { JobStore } from "@herald/jobs/record/job-store";
import type { UpkeepStore } from "@herald/jobs/retention/upkeep-store";
import { workOff, type IsOver } from "./work-off.ts";

export interface ExpireAudioDeps {
  readonly upkeep: Pick<UpkeepStore, "lists" | "expireAudio" | "forgetAudio">;
  readonly jobs: Pick<JobStore, "find">;
  readonly storage: Pick<AudioStorage, "remove" | "removeAbandoned">;
  readonly isOver: IsOver;
  readonly onFault: (ref: JobRef, error: unknown) => void;
}

/** Storage may be far away, and takes its time for each. */
export const AT_ONCE = 32;
/** An upload takes minutes at most; what is older was left by a process that died. */
const ABANDONED_AFTER_MS = 3_600_000;

export interface ExpiryReport {
  readonly expired: number;
  readonly failed: number;
  readonly abandonedRemoved: number;
}

/** Deletes audio whose time is over. The job says so first, so a reader finds either the whole audio or a 410. */
export async function expireAudio(deps: ExpireAudioDeps, now: Date): Promise<ExpiryReport> {
  const list = deps.upkeep.lists.audioExpiry;
  let expired = 0;
  let failed = 0;
  await workOff({
    next: (page) => list.due(now, page),
    async handle(ref) {
      const isGone = await expireOne(ref, deps);
      if (isGone) expired++;
      else failed++;
      return isGone;
    },
    isOver: deps.isOver,
    atOnce: AT_ONCE,
  });
  const abandonedRemoved = await deps.storage.removeAbandoned(new Date(now.getTime() - ABANDONED_AFTER_MS));
  return { expired, failed, abandonedRemoved };
}

/** Safe to repeat. False: storage did not let go of it, so it stays on the list. */
export async function expireOne(ref: JobRef, deps: Omit<ExpireAudioDeps, "isOver">): Promise<boolean> {
  const { upkeep, jobs, storage, onFault } = deps;
  try {
    await upkeep.expireAudio(ref);
    const audio = (await jobs.find(ref))?.audio;
    if (audio) {
      await storage.remove(audio.key);
    }
    await upkeep.forgetAudio(ref);
    return true;
  } catch (error) {
    onFault(ref, error);
    return false;
  }
}
