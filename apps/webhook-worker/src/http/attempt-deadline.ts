/** Why an attempt was broken off from our side: its time was up, or its caller stopped it. */
export class AttemptEnded extends Error {
  override readonly name = "AttemptEnded";

  constructor(readonly errorClass: "timeout" | "aborted") {
    super(errorClass === "timeout" ? "the attempt took too long" : "the attempt was stopped");
  }
}

export interface AttemptLimits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Gives `work` a signal that fires at the deadline or with the caller's, and throws AttemptEnded once it has fired.
 * By hand, because AbortSignal.any would leave a follower on the caller's signal, which lives as long as the process.
 */
export async function withinLimits<T>(
  limits: AttemptLimits,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  const stop = () => {
    ending.abort(new AttemptEnded("aborted"));
  };
  const timer = setTimeout(() => {
    ending.abort(new AttemptEnded("timeout"));
  }, limits.timeoutMs);
  limits.signal.addEventListener("abort", stop);
  if (limits.signal.aborted) stop();
  try {
    ending.signal.throwIfAborted();
    return await work(ending.signal);
  } catch (error) {
    throw ending.signal.aborted ? (ending.signal.reason as AttemptEnded) : error;
  } finally {
    clearTimeout(timer);
    limits.signal.removeEventListener("abort", stop);
  }
}
