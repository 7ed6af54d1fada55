export interface BackoffOptions {
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** A process that ran this long has earned a fresh start. */
  readonly stableMs: number;
}

export const RESTART_BACKOFF: BackoffOptions = { firstDelayMs: 500, maxDelayMs: 30_000, stableMs: 60_000 };

/** Doubles the wait before each restart, and begins again at the first after a stable run. */
export function createBackoff({ firstDelayMs, maxDelayMs, stableMs }: BackoffOptions) {
  let crashes = 0;
  return {
    delayAfterRun(ranMs: number): number {
      crashes = ranMs >= stableMs ? 1 : crashes + 1;
      return Math.min(firstDelayMs * 2 ** (crashes - 1), maxDelayMs);
    },
  };
}
