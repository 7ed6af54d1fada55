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
  readonly fields: Readonly<Record<string, string>>;
}

export type Ending = JobChange<TerminalStatus> & { readonly at: Date };

export function isTerminal(status: JobStatus): status is TerminalStatus {
  return NEXT_STATUSES[status].length === 0;
}

export interface Spoken {
  readonly audio: JobAudio;
  readonly segments: number;
}

export function complete(job: ClaimedJob, { audio, segments }: Spoken, at: Date): Ending {
  const count = String(segments);
  return end(job, "completed", {
    audio: JSON.stringify(audio),
    segments_done: count,
    segments_total: count,
    at,
  });
}

export function fail(job: JobInStatus & { fence: string | null }, error: JobError, at: Date): Ending {
  return end(job, "failed", { error: JSON.stringify(error), at });
}

export function cancel(job: JobInStatus, at: Date): Ending {
  return end({ ...job, fence: null }, "cancelled", { at });
}

/** Gives the job back to the queue: a retryable fault, a shutdown, a lost worker. */
export function release(job: ClaimedJob): JobChange<"pending"> {
  return change(job, "pending", {});
}

interface EndingFields {
  readonly at: Date;
  readonly audio?: string;
  readonly segments_done?: string;
  readonly segments_total?: string;
  readonly error?: string;
}

function end<To extends TerminalStatus>(
  job: JobInStatus & { fence: string | null },
  to: To,
  { at, ...fields }: EndingFields,
): JobChange<To> & { readonly at: Date } {
  return { ...change(job, to, { ...fields, finished_at: String(at.getTime()) }), at };
}

function change<To extends JobStatus>(
  job: JobInStatus & { fence: string | null },
  to: To,
  fields: Readonly<Record<string, string>>,
): JobChange<To> {
  if (!NEXT_STATUSES[job.status].includes(to)) {
    throw new AppError("invalid_transition", `a ${job.status} job cannot become ${to}`);
  }
  return { jobId: job.id, tenant: job.tenant, from: job.status, to, fence: job.fence, fields };
}
