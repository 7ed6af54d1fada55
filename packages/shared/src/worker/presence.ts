import type { Redis } from "ioredis";
import { withDeadline, type Stoppable } from "../lifecycle/index.ts";
import type { QueueName } from "../queues/index.ts";
import type { Keys } from "../redis/keys.ts";

const BEAT_MS = 5_000;
/** A worker that missed two beats counts as gone. */
const GONE_AFTER_MS = 12_000;
/** Those who are gone count no more; once a minute their names go as well. */
const BEATS_PER_CLEARING = 12;
const FAREWELL_MS = 500;

export interface PresenceOptions {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly queue: QueueName;
  readonly workerId: string;
  readonly onError: (error: Error) => void;
}

/** Tells everybody that this worker is alive: the API is ready only while somebody would take its jobs. */
export function announcePresence(options: PresenceOptions): Stoppable {
  const { redis, queue, workerId, onError } = options;
  const key = options.keys.workers(queue);
  let beats = 0;
  const beat = (): void => {
    const now = Date.now();
    if (beats++ % BEATS_PER_CLEARING === 0) redis.zremrangebyscore(key, "-inf", now).catch(onError);
    redis.zadd(key, now + GONE_AFTER_MS, workerId).catch(onError);
  };
  beat();
  const timer = setInterval(beat, BEAT_MS);
  return {
    async stop() {
      clearInterval(timer);
      // Without Redis nobody can be told; the beat that is missing will say it.
      await withDeadline(redis.zrem(key, workerId), FAREWELL_MS).catch(onError);
    },
  };
}

export async function countWorkers(redis: Redis, keys: Keys, queue: QueueName): Promise<number> {
  return redis.zcount(keys.workers(queue), Date.now(), "+inf");
}
