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

/** Names the one who is to be told when the attempt must end. */
export type OnEnding = (listener: (reason: AttemptEnded) => void) => void;

/**
 * Tells `work` of the deadline, or of the caller's signal, and throws AttemptEnded once either has come. By hand, because an
 * AbortSignal for each attempt costs as much as signing its body, and AbortSignal.any would leave a follower on the caller's
 * signal, which may live as long as the process.
 */
export async function withinLimits<T>(
  { timeoutMs, signal }: AttemptLimits,
  work: (onEnding: OnEnding) => Promise<T>,
): Promise<T> {
  if (signal.aborted) throw new AttemptEnded("aborted");
  let ended: AttemptEnded | undefined;
  let tell: (reason: AttemptEnded) => void = () => undefined;
  const end = (reason: AttemptEnded): void => {
    ended ??= reason;
    tell(ended);
  };
  const stop = (): void => {
    end(new AttemptEnded("aborted"));
  };
  const timer = setTimeout(() => {
    end(new AttemptEnded("timeout"));
  }, timeoutMs);
  signal.addEventListener("abort", stop);
  try {
    return await work((listener) => (tell = listener));
  } catch (error) {
    throw ended ?? error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}
