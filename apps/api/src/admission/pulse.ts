import type { Redis } from "ioredis";

const BEAT_MS = 400;

export interface Pulse {
  /** Rejects once Redis answers nobody any more. */
  readonly lost: Promise<never>;
  readonly stop: () => void;
}

/**
 * Beside a command that is allowed to take long. What stays silent may be a slow disk or a frozen Redis: a Redis that answers
 * others on `redis`, a connection that fails fast, is no frozen one.
 */
export function watchPulse(redis: Redis): Pulse {
  let timer: NodeJS.Timeout | undefined;
  const lost = new Promise<never>((_, reject) => {
    timer = setInterval(() => void redis.ping().catch(reject), BEAT_MS);
  });
  lost.catch(() => undefined); // Whoever waits for it may be gone.
  return {
    lost,
    stop() {
      clearInterval(timer);
    },
  };
}
