import type { Job } from "@herald/shared/jobs/job";
import type { ClaimedJob, JobStatus, TerminalStatus } from "@herald/shared/jobs/status";
import type { giveBack } from "@herald/queue/worker/give-back";
import type { TestStore } from "../test-store.ts";

/** A queue entry in the hands of whoever took it. */
export type TakenEntry = Parameters<typeof giveBack>[1];

/** What an attempt may come to, as its worker decides. */
export type Decision = "complete" | "fail" | "retry" | "hand_back";

export const STATUS_AFTER: Readonly<Record<Decision, JobStatus>> = {
  complete: "completed",
  fail: "failed",
  retry: "pending",
  hand_back: "pending",
};

/** A job as it should be, known without asking Redis. */
export interface ModelJob {
  readonly id: string;
  readonly wantsWebhook: boolean;
  status: JobStatus;
  attempts: number;
  fence: string | null;
  /** Token of the attempt that holds the queue entry; null while it waits, or when there is none. */
  holder: string | null;
  /** False once the entry ended or was removed. */
  hasEntry: boolean;
  /** The webhook's bytes, from when they were first seen. */
  frozenBody: string | null;
}

/** A worker's attempt, which may go on although its entry was given to another. */
export interface ModelAttempt {
  readonly token: string;
  readonly jobId: string;
  readonly entry: TakenEntry;
  readonly isLast: boolean;
  /** What the claim answered; null when the job had ended, or was not claimed yet. */
  claimed: (Job & ClaimedJob) | null;
  decision: Decision | "nothing_to_do" | null;
  settled: boolean;
}

/** A cancellation that has looked at the job and not written yet. */
export interface Cancellation {
  readonly seen: Job;
}

export interface World {
  readonly jobs: Map<string, ModelJob>;
  readonly idempotencyKeys: Map<string, string>;
  readonly attempts: ModelAttempt[];
  readonly cancellations: Cancellation[];
}

/** Where the steps really happen. */
export interface Place {
  readonly store: TestStore;
  /** The next queue entry, held under the token until it is given back; undefined when none waits. */
  readonly take: (token: string) => Promise<TakenEntry | undefined>;
  /** Brings every entry that waits for its retry back at once. */
  readonly promoteDelayed: () => Promise<void>;
}

export function emptyWorld(): World {
  return { jobs: new Map(), idempotencyKeys: new Map(), attempts: [], cancellations: [] };
}

export function jobOf({ jobs }: World, jobId: string): ModelJob {
  const job = jobs.get(jobId);
  if (job === undefined) throw new Error(`nobody created ${jobId}`);
  return job;
}

/** What compare-and-set must answer to the holder of a fence. Sent twice, a change is still the sender's. */
export function expectedAnswer(job: ModelJob, fence: string, to: JobStatus): "applied" | "stale" {
  const ours = job.fence === fence && (job.status === "processing" || job.status === to);
  return ours ? "applied" : "stale";
}

export function isOver(status: JobStatus): status is TerminalStatus {
  return status !== "pending" && status !== "processing";
}
