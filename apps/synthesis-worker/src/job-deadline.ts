import { AppError } from "@herald/shared/errors";
import { withDeadline } from "@herald/shared/with-deadline";
import { JobTimeoutError } from "./job-timeout-error.ts";
import type { Produce } from "./produce-audio.ts";

/** For the engine to be killed and the files to be removed. */
const LETTING_GO_MS = 5_000;

/**
 * Work that is aborted after `ms`; whatever it still comes to, it has then failed with a JobTimeoutError, unless it is the
 * storage that the time was waited for.
 */
export function withJobDeadline(produce: Produce, ms: number, lettingGoMs = LETTING_GO_MS): Produce {
  return async (job, text, signal) => {
    const deadline = new AbortController();
    const timer = setTimeout(() => {
      deadline.abort(new JobTimeoutError(`the job took longer than ${ms} ms`));
    }, ms);
    const work = produce(job, text, AbortSignal.any([signal, deadline.signal]));
    try {
      const spoken = await withDeadline(work, ms + lettingGoMs);
      deadline.signal.throwIfAborted();
      return spoken;
    } catch (thrown) {
      if (!isStorageFault(thrown)) deadline.signal.throwIfAborted();
      throw thrown;
    } finally {
      clearTimeout(timer);
    }
  };
}

function isStorageFault(thrown: unknown): boolean {
  return thrown instanceof AppError && thrown.code === "storage_unavailable";
}
