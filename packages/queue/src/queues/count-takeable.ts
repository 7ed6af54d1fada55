import type { Redis } from "ioredis";
import type { Keys } from "@herald/platform/redis/keys";
import type { QueueName } from "./entries.ts";

export interface CountTakeableOptions {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly queue: QueueName;
}

/**
 * How many entries a worker could take now: none of a paused queue. From BullMQ's own keys, because a Queue made while Redis
 * is away waits for it, and whoever asks this only wants to know what is so now. count-takeable.integration.test.ts
 * notices when BullMQ names them otherwise.
 */
export async function countTakeable({ redis, keys, queue }: CountTakeableOptions): Promise<number> {
  const [wait, prioritized] = [keys.queuePart(queue, "wait"), keys.queuePart(queue, "prioritized")];
  // Most often asked of an idle queue, where one look is enough.
  if ((await redis.exists(wait, prioritized)) === 0) return 0;
  const [plain, ranked, paused] = await Promise.all([
    redis.llen(wait),
    redis.zcard(prioritized),
    redis.hexists(keys.queuePart(queue, "meta"), "paused"),
  ]);
  return paused === 1 ? 0 : plain + ranked;
}
