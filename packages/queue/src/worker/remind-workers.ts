import type { Redis } from "ioredis";
import type { QueueName } from "../queues/entries.ts";
import type { Keys } from "@herald/platform/redis/keys";

export interface RemindedQueue {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly queue: QueueName;
}

/**
 * Has an idle worker look for entries. BullMQ's workers wait for a marker, and whoever took it may have been killed, or cut
 * off, before it took the entry that the marker told of. One too many costs one look.
 */
export async function remindWorkers({ redis, keys, queue }: RemindedQueue): Promise<void> {
  await redis.zadd(keys.queuePart(queue, "marker"), 0, "0");
}
