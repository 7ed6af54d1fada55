import type { ClaimedJob } from "@herald/shared/jobs/status";
import type { JobRef } from "@herald/platform/redis/keys";
import type { JobStore } from "@herald/jobs/record/job-store";

export interface ReportProgressDeps {
  readonly jobs: Pick<JobStore, "recordProgress">;
  /** The job was cancelled, or another attempt has it. */
  readonly onLost: (ref: JobRef) => void;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

/** A book has thousands of segments; nobody watches more closely than this. */
const EVERY_MS = 500;

/** Writes a job's progress now and then. Its end is written by the commit. */
export function createReportProgress({ jobs, onLost, now, onError }: ReportProgressDeps) {
  const lastWrite = new WeakMap<ClaimedJob, number>();
  return (job: ClaimedJob, segmentsDone: number, segmentsTotal: number): void => {
    const due = now() - (lastWrite.get(job) ?? Number.NEGATIVE_INFINITY) >= EVERY_MS;
    if (segmentsTotal === 1 || !due) {
      return;
    }
    lastWrite.set(job, now());
    const ref = { tenant: job.tenant, jobId: job.id };
    jobs
      .recordProgress({ ref, fence: job.fence, segmentsDone, segmentsTotal })
      .then((written) => {
        if (written === "stale") onLost(ref);
      })
      .catch(onError);
  };
}
