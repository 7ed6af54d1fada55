import type { Redis } from "ioredis";
import type { Stoppable } from "@herald/shared/stoppable";
import { withDeadline } from "@herald/shared/with-deadline";
import type { QueueName } from "../queues/entries.ts";
import type { Keys } from "@herald/platform/redis/keys";

const BEAT_MS = 500;
/** A beat is heard for as long, by Redis's clock: those of the machines need not agree. */
export const HEARD_MS = 1_100;
/** Each so many beats the worker's name is written anew, for a Redis that came back without it. */
const BEATS_PER_NAME = 20;
/** Names that no housekeeper has taken away. */
const NAMES_KEPT_SECONDS = 3600;
const FAREWELL_MS = 500;

interface Heartbeats {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly queue: QueueName;
}

export interface HeartbeatOptions extends Heartbeats {
  readonly workerId: string;
  readonly onError: (error: Error) => void;
}

/**
 * Beats from before a worker's first job until after its last, also while it drains: whoever looks for jobs of dead workers
 * leaves those of a worker alone that was heard of just now.
 */
export function startHeartbeat({ redis, keys, queue, workerId, onError }: HeartbeatOptions): Stoppable {
  const [names, own] = [keys.beatingWorkers(queue), keys.heartbeat(queue, workerId)];
  let beats = 0;
  let beating = false;

  async function beat(): Promise<void> {
    await redis.set(own, "", "PX", HEARD_MS);
    if (beats++ % BEATS_PER_NAME === 0) {
      await redis.pipeline().sadd(names, workerId).expire(names, NAMES_KEPT_SECONDS).exec();
    }
  }

  // One at a time: while Redis is away nobody hears them, and they must not pile up.
  function tick(): void {
    if (beating) return;
    beating = true;
    beat()
      .catch(onError)
      .finally(() => (beating = false));
  }

  tick();
  const timer = setInterval(tick, BEAT_MS);
  return {
    async stop() {
      clearInterval(timer);
      await withDeadline(redis.multi().srem(names, workerId).del(own).exec(), FAREWELL_MS).catch(onError);
    },
  };
}

/** The workers that did not say goodbye and have missed more than one beat. */
export async function silentWorkers({ redis, keys, queue }: Heartbeats): Promise<ReadonlySet<string>> {
  const workers = await redis.smembers(keys.beatingWorkers(queue));
  if (workers.length === 0) return new Set();
  const beats = await redis.mget(workers.map((worker) => keys.heartbeat(queue, worker)));
  return new Set(workers.filter((_, i) => beats[i] === null));
}

/** Of dead workers whose jobs are with others: nobody need ask about them again. */
export async function forgetWorkers(
  { redis, keys, queue }: Heartbeats,
  workers: ReadonlySet<string>,
): Promise<void> {
  await redis.srem(keys.beatingWorkers(queue), ...workers);
}
