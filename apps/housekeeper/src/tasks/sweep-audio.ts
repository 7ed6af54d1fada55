import { audioKeyOf } from "@herald/shared/jobs/audio-key";
import type { Job } from "@herald/shared/jobs/job";
import type { AttemptRef, JobRef } from "@herald/platform/redis/keys";
import type { AudioStorage } from "@herald/shared/storage/audio-storage";
import type { JobStore } from "@herald/jobs/record/job-store";
import type { UpkeepStore } from "@herald/jobs/retention/upkeep-store";

export interface SweepAudioDeps {
  readonly upkeep: Pick<UpkeepStore, "lists">;
  readonly jobs: Pick<JobStore, "find">;
  readonly storage: Pick<AudioStorage, "open" | "remove">;
  readonly now: () => Date;
  readonly onRepair: (kind: SweepRepair, ref: JobRef) => void;
  readonly onFault: (ref: JobRef, error: unknown) => void;
}

export type SweepRepair = "stray_audio_removed";
export const SWEEP_REPAIRS: readonly SweepRepair[] = ["stray_audio_removed"];

/** Most attempts are over by then, and their audio published. */
const SETTLED_MS = 10_000;
/**
 * An upload may take as long: a worker that was frozen or cut off, or a storage that hung, may store when all is over. Until
 * then, audio that is not there may still come.
 */
const LATE_MS = 3_600_000;
/** Until an attempt that still runs, or one whose audio storage did not let go of, is looked after again. */
const AGAIN_MS = 60_000;
const BATCH = 500;
/** Per run, as with the lists that are compared. */
const BATCHES = 20;

export interface SweepReport {
  readonly swept: number;
}

/**
 * Removes the audio of attempts whose worker died between storing and publishing it. A claim removes its predecessor's,
 * but may die before it does, and a worker that was frozen may store when all is over.
 */
export async function sweepAudio(deps: SweepAudioDeps): Promise<SweepReport> {
  const settledBefore = new Date(deps.now().getTime() - SETTLED_MS);
  const list = deps.upkeep.lists.attempts;
  let swept = 0;
  for (let i = 0; i < BATCHES; i++) {
    const attempts = await list.due(settledBefore, { skip: 0, limit: BATCH });
    await Promise.all(attempts.map((attempt) => sweepOne(attempt, deps)));
    swept += attempts.length;
    if (attempts.length < BATCH) break;
  }
  return { swept };
}

async function sweepOne(attempt: AttemptRef, deps: SweepAudioDeps): Promise<void> {
  const { onFault, now } = deps;
  const list = deps.upkeep.lists.attempts;
  const postpone = (ms: number): Promise<void> => list.postpone(attempt, new Date(now().getTime() + ms));
  const ref = { tenant: attempt.tenant, jobId: attempt.jobId };
  try {
    const job = await deps.jobs.find(ref);
    const fate = decideFate(job, attempt);
    if (fate === "running") {
      await postpone(AGAIN_MS);
      return;
    }
    if (fate === "stray" && job !== null) {
      const found = await removeStray(keyOf(job, attempt), ref, deps);
      const lateMs = found === "missing" ? stillLateMs(job, now()) : 0;
      if (lateMs > 0) {
        await postpone(lateMs);
        return;
      }
    }
    await list.drop(attempt);
  } catch (error) {
    onFault(ref, error);
    await postpone(AGAIN_MS);
  }
}

/** Null, a record that is gone, took its audio with it. */
function decideFate(job: Job | null, attempt: AttemptRef): "running" | "published" | "stray" {
  if (job?.status === "processing" && job.fence === attempt.fence) return "running";
  return job === null || job.audio?.key === keyOf(job, attempt) ? "published" : "stray";
}

/** For how long the audio of an attempt may still come. An attempt is over when its job is; before that, it is not known. */
function stillLateMs({ finishedAt }: Job, now: Date): number {
  return finishedAt === null ? LATE_MS : finishedAt.getTime() + LATE_MS - now.getTime();
}

function keyOf({ request }: Job, { tenant, jobId, fence }: AttemptRef): string {
  return audioKeyOf({ tenant, jobId, fence, format: request.format });
}

async function removeStray(
  key: string,
  ref: JobRef,
  { storage, onRepair }: SweepAudioDeps,
): Promise<"removed" | "missing"> {
  const audio = await storage.open(key);
  if (audio === null) return "missing";
  audio.destroy();
  await storage.remove(key);
  onRepair("stray_audio_removed", ref);
  return "removed";
}
