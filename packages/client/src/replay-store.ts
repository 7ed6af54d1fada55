/** `started`: it is yours to handle. `handled`: it was. `in_progress`: somebody is at it, and may yet fail. */
export type ReplayClaim = "started" | "handled" | "in_progress";

/**
 * Remembers which events were handled, so that one that comes again is handled once. Several processes need a store that
 * they share; the README shows one on Redis.
 */
export interface ReplayStore {
  /** Must be atomic: of two that claim one key at once, one is told `started`. */
  claim(key: string): Promise<ReplayClaim>;
  /** It was handled: from now on it is `handled`. */
  complete(key: string): Promise<void>;
  /** It failed: the next attempt is to handle it. */
  release(key: string): Promise<void>;
}

export interface MemoryReplayStoreOptions {
  /** The oldest is forgotten for one that is too many. Default: 10,000. */
  readonly maxEvents?: number;
  /** For as long as retries go on, and longer. Default: 7 days. */
  readonly keepMs?: number;
  readonly now?: () => number;
}

interface Remembered {
  readonly isHandled: boolean;
  readonly until: number;
}

const MAX_EVENTS = 10_000;
const KEEP_MS = 7 * 24 * 3_600_000;

/** In this process alone, and gone with it. */
export function memoryReplayStore(options: MemoryReplayStoreOptions = {}): ReplayStore {
  const { maxEvents = MAX_EVENTS, keepMs = KEEP_MS, now = Date.now } = options;
  /** In the order in which they were last written, which is the order in which they end. */
  const events = new Map<string, Remembered>();

  function remember(key: string, isHandled: boolean): void {
    events.delete(key);
    events.set(key, { isHandled, until: now() + keepMs });
    for (const [oldest, { until }] of events) {
      if (events.size <= maxEvents && until > now()) return;
      events.delete(oldest);
    }
  }

  function claim(key: string): ReplayClaim {
    const known = events.get(key);
    if (known !== undefined && known.until > now()) {
      return known.isHandled ? "handled" : "in_progress";
    }
    remember(key, false);
    return "started";
  }

  return {
    claim: (key) => Promise.resolve(claim(key)),
    complete(key) {
      remember(key, true);
      return Promise.resolve();
    },
    release(key) {
      events.delete(key);
      return Promise.resolve();
    },
  };
}
