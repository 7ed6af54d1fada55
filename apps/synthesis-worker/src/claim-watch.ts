import type { ClaimedJob } from "@herald/shared/jobs/status";
import type { Stoppable } from "@herald/shared/stoppable";
import type { JobRef } from "@herald/platform/redis/keys";
import type { JobStore } from "@herald/jobs/record/job-store";

export interface ClaimWatchOptions {
  readonly jobs: Pick<JobStore, "lostClaims">;
  readonly onError: (error: unknown) => void;
  readonly everyMs?: number;
}

export interface ClaimWatch extends Stoppable {
  /** Does work on a claimed job, under a signal that is also aborted once the claim is known to be lost. */
  during<T>(job: ClaimedJob, work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Whatever is done for the job here is in vain: it was cancelled. */
  readonly lose: (ref: JobRef) => void;
}

/** Half the time that a lock lasts. */
const EVERY_MS = 5000;

/**
 * Stops work whose result can no longer be published. A cancellation is told by a message, which may be lost; so the
 * record is asked as well, now and then. Neither is needed for what is true, only for not wasting an engine.
 */
export function createClaimWatch({ jobs, onError, everyMs = EVERY_MS }: ClaimWatchOptions): ClaimWatch {
  const held = new Map<ClaimedJob, AbortController>();

  function abort(job: ClaimedJob): void {
    held.get(job)?.abort(new Error("the claim is lost"));
  }

  async function ask(): Promise<void> {
    if (held.size === 0) return;
    for (const job of await jobs.lostClaims([...held.keys()])) abort(job);
  }

  const timer = setInterval(() => void ask().catch(onError), everyMs);
  return {
    async during(job, work, signal) {
      const lost = new AbortController();
      held.set(job, lost);
      try {
        return await work(AbortSignal.any([signal, lost.signal]));
      } finally {
        held.delete(job);
      }
    },
    lose({ tenant, jobId }) {
      for (const job of held.keys()) {
        if (job.id === jobId && job.tenant === tenant) abort(job);
      }
    },
    stop() {
      clearInterval(timer);
      return Promise.resolve();
    },
  };
}
