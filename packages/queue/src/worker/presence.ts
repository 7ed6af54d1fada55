import type { Redis } from "ioredis";
import type { Stoppable } from "@herald/shared/stoppable";
import { withDeadline } from "@herald/shared/with-deadline";
import type { QueueName } from "../queues/entries.ts";
import type { Keys } from "@herald/platform/redis/keys";
import { announceWorker } from "./announce-worker.ts";

export { countWorkers } from "./count-workers.ts";

const BEAT_MS = 10_000;
/** A worker that missed two beats counts as gone. */
const GONE_AFTER_MS = 22_000;
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
  const { redis, keys, queue, workerId, onError } = options;
  const beat = (): void => {
    announceWorker(redis, keys, { queue, workerId, forMs: GONE_AFTER_MS }).catch(onError);
  };
  beat();
  const timer = setInterval(beat, BEAT_MS);
  // A Redis that comes back may have lost the last one.
  redis.on("ready", beat);
  return {
    async stop() {
      clearInterval(timer);
      redis.off("ready", beat);
      // Without Redis nobody can be told; the beat that is missing will say it.
      await withDeadline(redis.zrem(keys.workers(queue), workerId), FAREWELL_MS).catch(onError);
    },
  };
}
