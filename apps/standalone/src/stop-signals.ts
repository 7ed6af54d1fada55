export interface StopSignals {
  /** Finish what is being done, then end. */
  readonly stop: AbortSignal;
  /** Asked again: end now. */
  readonly kill: AbortSignal;
}

/** What is needed of `process`. */
export interface SignalSource {
  on(signal: string, listener: () => void): unknown;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

// One Ctrl-C comes twice under npm: from the terminal, and passed on by npm.
const SAME_KEYSTROKE_MS = 1000;

/** Turns Ctrl-C and its relatives into a request to stop; a second one insists. */
export function listenForStop(
  host: SignalSource,
  now: () => number = performance.now.bind(performance),
): StopSignals {
  const stop = new AbortController();
  const kill = new AbortController();
  let firstAt = 0;

  function onSignal(): void {
    if (!stop.signal.aborted) {
      firstAt = now();
      stop.abort();
    } else if (now() - firstAt >= SAME_KEYSTROKE_MS) {
      kill.abort();
    }
  }
  for (const signal of SIGNALS) host.on(signal, onSignal);
  return { stop: stop.signal, kill: kill.signal };
}
