import { AppError } from "../errors.ts";
import type { JobAudio, JobError } from "./job-result.ts";

export const jobStatuses = ["pending", "processing", "completed", "failed", "cancelled"] as const;

export type JobStatus = (typeof jobStatuses)[number];
export type TerminalStatus = "completed" | "failed" | "cancelled";

/** docs/job-lifecycle.md draws this table and says who may cause each arrow. */
const NEXT_STATUSES: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  pending: ["processing", "cancelled", "failed"],
  processing: ["pending", "completed", "failed", "cancelled"],
  completed: [],
  failed: [],
  cancelled: [],
};

export interface JobInStatus {
  readonly id: string;
  readonly tenant: string;
  readonly status: JobStatus;
}

/** A job whose current attempt is ours to decide about: only the holder of its fence may write the outcome. */
export interface ClaimedJob extends JobInStatus {
  readonly fence: string;
}

/** What one writer wants to become true, provided that the job is still `from` (and still under `fence`). */
export interface JobChange<To extends JobStatus = JobStatus> {
  readonly jobId: string;
  readonly tenant: string;
  readonly from: JobStatus;
  readonly to: To;
  /** Null when the writer holds no attempt: a cancellation, or the housekeeper. */
  readonly fence: string | null;
}

export interface Spoken {
  readonly audio: JobAudio;
  readonly segments: number;
}

interface EndingTo<To extends TerminalStatus> extends JobChange<To> {
  readonly at: Date;
}

export interface Completion extends EndingTo<"completed">, Spoken {}

export interface Failure extends EndingTo<"failed"> {
  readonly error: JobError;
}

export type Cancellation = EndingTo<"cancelled">;

/** How a job ends, and what it leaves. */
export type Ending = Completion | Failure | Cancellation;

export function isTerminal(status: JobStatus): status is TerminalStatus {
  return NEXT_STATUSES[status].length === 0;
}

export function complete(job: ClaimedJob, { audio, segments }: Spoken, at: Date): Completion {
  return { ...change(job, "completed"), at, audio, segments };
}

export function fail(job: JobInStatus & { fence: string | null }, error: JobError, at: Date): Failure {
  return { ...change(job, "failed"), at, error };
}

export function cancel(job: JobInStatus, at: Date): Cancellation {
  return { ...change({ ...job, fence: null }, "cancelled"), at };
}

/** Gives the job back to the queue: a retryable fault, a shutdown, a lost worker. */
export function release(job: ClaimedJob): JobChange<"pending"> {
  return change(job, "pending");
}

function change<To extends JobStatus>(job: JobInStatus & { fence: string | null }, to: To): JobChange<To> {
  if (!NEXT_STATUSES[job.status].includes(to)) {
    throw new AppError("invalid_transition", `a ${job.status} job cannot become ${to}`);
  }
  return { jobId: job.id, tenant: job.tenant, from: job.status, to, fence: job.fence };
}
