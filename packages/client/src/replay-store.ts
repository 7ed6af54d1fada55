/** `started`: handle the event. `handled`: it was handled before. `in_progress`: somebody is handling it, and may yet fail. */
export type ReplayClaim = "started" | "handled" | "in_progress";

/**
 * Remembers which events were handled, so that an event that arrives twice is handled once. Several processes need a store that
 * they share; the README shows one on Redis.
 */
export interface ReplayStore {
  /** Must be atomic: of two claims on one key at the same moment, exactly one is answered `started`. `key` is a `replayKey`. */
  claim(key: string): Promise<ReplayClaim>;
  /** The event was handled: later claims are answered `handled`. */
  complete(key: string): Promise<void>;
  /** Handling it failed: the next claim is answered `started` again. */
  release(key: string): Promise<void>;
}

export interface MemoryReplayStoreOptions {
  /** How many events are remembered; beyond that, the oldest is forgotten. Default: 10,000. */
  readonly maxEvents?: number;
  /** How long an event is remembered, in milliseconds. Keep it longer than Herald retries. Default: 7 days. */
  readonly keepMs?: number;
  /** Milliseconds since 1970. Default: `Date.now`. */
  readonly now?: () => number;
}

interface Remembered {
  readonly isHandled: boolean;
  readonly until: number;
}

const MAX_EVENTS = 10_000;
const KEEP_MS = 7 * 24 * 3_600_000;

/** A store in this process's memory: other processes do not see it, and it is lost when the process ends. */
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
