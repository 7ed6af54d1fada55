import { audioKeyOf } from "@herald/shared/jobs/audio-key";
import { newFence } from "@herald/shared/jobs/ids";
import type { Job } from "@herald/shared/jobs/job";
import { complete, fail, release, type ClaimedJob, type Spoken } from "@herald/shared/jobs/status";
import { withDeadline } from "@herald/shared/with-deadline";
import type { JobEntry } from "@herald/queue/queues/entries";
import type { AudioStorage } from "@herald/shared/storage/audio-storage";
import type { FinishJob } from "@herald/jobs/ending/finish-job";
import type { JobStore } from "@herald/jobs/record/job-store";
import type { Outcome } from "@herald/queue/worker/outcome";
import type { Attempt } from "@herald/queue/worker/start-worker";
import { classifyFault, type Fault } from "./classify-fault.ts";
import type { Produce } from "./produce-audio.ts";

export interface RunAttemptDeps {
  readonly jobs: Pick<JobStore, "claim" | "apply">;
  readonly finishJob: FinishJob;
  readonly storage: Pick<AudioStorage, "remove">;
  readonly produceAudio: Produce;
  /** Called for an ended job: its last attempt may not have lived to enqueue its webhooks. */
  readonly enqueueOwed: (job: Job) => Promise<void>;
  /** Whether it is the storage, and not the job, that keeps its audio from being stored. */
  readonly isStorageToBlame: (fault: unknown) => Promise<boolean>;
  readonly now: () => Date;
}

/** What the attempt came to, for the log and the metrics. */
export type AttemptResult =
  | { readonly kind: "completed"; readonly job: Job; readonly audioSeconds: number }
  | { readonly kind: "failed"; readonly job: Job; readonly fault: Fault; readonly thrown: unknown }
  | { readonly kind: "retried"; readonly job: Job; readonly fault: Fault; readonly thrown: unknown }
  | { readonly kind: "handed_back"; readonly job: Job }
  /** Another attempt, or a cancellation, was first: what this one made was thrown away. */
  | { readonly kind: "superseded"; readonly job: Job }
  | { readonly kind: "nothing_to_do" }
  /** This worker was frozen or cut off, and the job is another's. */
  | { readonly kind: "not_held" };

type Claimed = Job & ClaimedJob;

/** One attempt at a job: claim it, speak it, store it, publish it. */
export async function runAttempt(
  attempt: Attempt<JobEntry>,
  deps: RunAttemptDeps,
  signal: AbortSignal,
): Promise<AttemptResult> {
  const { entry: ref, token } = attempt;
  const claim = await deps.jobs.claim({ ref, fence: newFence(), token, now: deps.now() });
  switch (claim.kind) {
    case "gone":
      return { kind: "nothing_to_do" };
    case "not_held":
      return { kind: "not_held" };
    case "finished":
      await deps.enqueueOwed(claim.job);
      await discardUnpublished(claim.job, deps);
      return { kind: "nothing_to_do" };
    case "claimed":
      await discardAudio(deps, claim.job, claim.formerFence);
      return speak({ job: claim.job, text: claim.text, isLast: attempt.isLast }, deps, signal);
  }
}

interface ClaimedWork {
  readonly job: Claimed;
  readonly text: string;
  readonly isLast: boolean;
}

async function speak(work: ClaimedWork, deps: RunAttemptDeps, signal: AbortSignal): Promise<AttemptResult> {
  const { job } = work;
  let spoken: Spoken;
  try {
    spoken = await deps.produceAudio(job, work.text, signal);
  } catch (thrown) {
    await discardAudio(deps, job, job.fence);
    return signal.aborted ? handBack(job, deps) : settleFault(work, thrown, deps);
  }
  // A failure from here on leaves the audio alone: the commit may have been carried out before its answer was lost.
  if ((await deps.finishJob(job, complete(job, spoken, deps.now()))) === "stale") {
    await discardAudio(deps, job, job.fence);
    return { kind: "superseded", job };
  }
  return { kind: "completed", job, audioSeconds: spoken.audio.durationSeconds };
}

async function handBack(job: Claimed, { jobs }: RunAttemptDeps): Promise<AttemptResult> {
  const released = await jobs.apply(release(job));
  return { kind: released === "applied" ? "handed_back" : "superseded", job };
}

async function settleFault(
  { job, isLast }: ClaimedWork,
  thrown: unknown,
  deps: RunAttemptDeps,
): Promise<AttemptResult> {
  const fault = classifyFault(thrown);
  if (fault.error.code === "storage_unavailable" && (await deps.isStorageToBlame(thrown))) {
    return handBack(job, deps);
  }
  if (fault.kind === "passing" && !isLast) {
    const released = await deps.jobs.apply(release(job));
    return released === "applied" ? { kind: "retried", job, fault, thrown } : { kind: "superseded", job };
  }
  const written = await deps.finishJob(job, fail(job, fault.error, deps.now()));
  return written === "applied" ? { kind: "failed", job, fault, thrown } : { kind: "superseded", job };
}

/** A job that was cancelled while its worker died: nobody else knows of that attempt's audio. */
async function discardUnpublished(job: Job, deps: RunAttemptDeps): Promise<void> {
  if (job.status !== "completed") {
    await discardAudio(deps, job, job.fence);
  }
}

/** Whoever cancelled the job waits for its slot. */
const DISCARD_MS = 250;

/** Best effort: what storage does not let go of now has no record pointing to it, and is the housekeeper's to sweep up. */
async function discardAudio(
  { storage }: RunAttemptDeps,
  { id: jobId, tenant, request: { format } }: Job,
  fence: string | null,
): Promise<void> {
  if (fence !== null) {
    const key = audioKeyOf({ tenant, jobId, fence, format });
    await withDeadline(storage.remove(key), DISCARD_MS).catch(() => undefined);
  }
}

/** What BullMQ is to do about it. */
export function outcomeOf(result: AttemptResult): Outcome {
  switch (result.kind) {
    case "completed":
    case "superseded":
    case "nothing_to_do":
      return { kind: "done" };
    case "handed_back":
      return { kind: "hand_back" };
    case "not_held":
      return { kind: "let_go" };
    case "retried":
      return { kind: "retry", reason: result.fault.error.code };
    case "failed":
      return { kind: "give_up", reason: result.fault.error.code };
  }
}
