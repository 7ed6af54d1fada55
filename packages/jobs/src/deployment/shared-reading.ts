import { withDeadline } from "@herald/shared/with-deadline";

export interface SharedReadingOptions<T> {
  readonly read: () => Promise<T>;
  readonly now?: () => number;
}

/** Whoever asks within this time, several Prometheus servers or all gauges of one scrape, is told the same. */
const SHARED_MS = 5000;
/** A scrape must end although Redis is away. */
const DEADLINE_MS = 1000;

/**
 * One reading for all who ask within five seconds; null when it could not be had, rather than an old one. A reading that
 * never ends is waited for again by those who ask later, not repeated: nothing piles up in front of a Redis that is away.
 */
export function shareReading<T>({ read, now = Date.now }: SharedReadingOptions<T>): () => Promise<T | null> {
  let latest: { readonly value: T; readonly at: number } | null = null;
  let pending: Promise<T> | null = null;

  async function readNow(): Promise<T> {
    try {
      const value = await read();
      latest = { value, at: now() };
      return value;
    } finally {
      pending = null;
    }
  }

  return async () => {
    if (latest !== null && now() - latest.at < SHARED_MS) {
      return latest.value;
    }
    pending ??= readNow();
    return withDeadline(pending, DEADLINE_MS).catch(() => null);
  };
}
