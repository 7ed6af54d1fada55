/** Milliseconds. Null: there was no such step, as on a connection that was open already, or the attempt did not get so far. */
export interface AttemptTimings {
  readonly dnsMs: number | null;
  readonly connectMs: number | null;
  readonly tlsMs: number | null;
  /** From the attempt's start. */
  readonly firstByteMs: number | null;
}

/** What one attempt saw of the network. Filled in as it goes, so that one that fails tells how far it came. */
export interface AttemptTrace {
  readonly startedAt: number;
  remoteAddress: string | null;
  timings: AttemptTimings;
}

const NO_TIMINGS: AttemptTimings = { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null };

export function startTrace(): AttemptTrace {
  return { startedAt: performance.now(), remoteAddress: null, timings: NO_TIMINGS };
}
