import type { JobRef } from "@herald/shared/redis";
import type { AudioStorage } from "@herald/shared/storage";
import type { JobStore, UpkeepStore } from "@herald/shared/store";

export interface ExpireAudioDeps {
  readonly upkeep: Pick<UpkeepStore, "lists" | "expireAudio" | "forgetAudio">;
  readonly jobs: Pick<JobStore, "find">;
  readonly storage: Pick<AudioStorage, "remove" | "removeAbandoned">;
  readonly onFault: (ref: JobRef, error: unknown) => void;
}

const BATCH = 500;
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
  // What failed stays on the list for the next run, and must not be met again in this one. A whole batch of failures says
  // that storage is away, which the rest need not find out one by one.
  while (failed < BATCH) {
    const due = await list.due(now, { skip: failed, limit: BATCH });
    if (due.length === 0) break;
    for (const ref of due) {
      if (await expireOne(ref, deps)) expired++;
      else failed++;
    }
  }
  const abandonedRemoved = await deps.storage.removeAbandoned(new Date(now.getTime() - ABANDONED_AFTER_MS));
  return { expired, failed, abandonedRemoved };
}

/** Safe to repeat. False: storage did not let go of it, so it stays on the list. */
export async function expireOne(ref: JobRef, deps: ExpireAudioDeps): Promise<boolean> {
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
