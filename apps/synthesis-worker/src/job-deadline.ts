import { withDeadline } from "@herald/shared/lifecycle";
import type { Produce } from "./produce-audio.ts";

/** The work on a job took longer than `JOB_TIMEOUT`. */
export class JobTimeoutError extends Error {
  override readonly name = "JobTimeoutError";
}

/** For the engine to be killed and the files to be removed. A storage that hangs takes longer than anybody waits. */
const LETTING_GO_MS = 5_000;

/** Work that is aborted after `ms`; whatever it still comes to, it has then failed with a JobTimeoutError. */
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
      deadline.signal.throwIfAborted();
      throw thrown;
    } finally {
      clearTimeout(timer);
    }
  };
}
