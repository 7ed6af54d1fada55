import type { Redis } from "ioredis";
import type { Stoppable } from "@herald/shared/stoppable";

export interface RedisClock extends Stoppable {
  /** Milliseconds since 1970, as Redis has them. Until Redis was asked once, as this machine has them. */
  readonly now: () => number;
}

export interface RedisClockOptions {
  readonly redis: Pick<Redis, "time" | "on" | "off" | "status">;
  readonly localNow?: () => number;
}

/** Clocks drift by milliseconds in that time, and whoever sets one by hand is followed soon. */
const ASK_MS = 30_000;
/** An answer is of some moment between question and answer: one that took longer, as after an outage, says too little. */
const MAX_ROUND_TRIP_MS = 500;
const TICK_MS = 1;

/**
 * The one clock that the processes of a deployment share. What one of them writes as a time and another compares with its own
 * must be of this one: machines whose clocks are apart would otherwise wait for each other for as long.
 */
export function startRedisClock({ redis, localNow = Date.now }: RedisClockOptions): RedisClock {
  let aheadMs = 0;

  async function ask(): Promise<void> {
    const askedAt = localNow();
    const [seconds, microseconds] = await redis.time();
    const answeredAt = localNow();
    if (answeredAt - askedAt > MAX_ROUND_TRIP_MS) return;
    const redisNow = Number(seconds) * 1000 + Number(microseconds) / 1000;
    // Within that moment any time may have been this machine's too: clocks in step stay as they are.
    const isInStep = redisNow >= askedAt - TICK_MS && redisNow <= answeredAt + TICK_MS;
    aheadMs = isInStep ? 0 : redisNow - (askedAt + answeredAt) / 2;
  }
  // Without Redis nobody needs its clock: the next time is soon enough.
  const tryToAsk = (): void => {
    if (redis.status === "ready") void ask().catch(() => undefined);
  };

  tryToAsk();
  redis.on("ready", tryToAsk);
  const timer = setInterval(tryToAsk, ASK_MS);
  return {
    now: () => Math.round(localNow() + aheadMs),
    stop() {
      clearInterval(timer);
      redis.off("ready", tryToAsk);
      return Promise.resolve();
    },
  };
}
