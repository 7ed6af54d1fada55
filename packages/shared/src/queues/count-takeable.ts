import type { Redis } from "ioredis";
import type { QueueName } from "./entries.ts";

export interface CountTakeableOptions {
  readonly redis: Redis;
  readonly prefix: string;
  readonly queue: QueueName;
}

/**
 * How many entries a worker could take now: none of a paused queue. From BullMQ's own keys, because a Queue made while Redis
 * is away waits for it, and whoever asks this only wants to know what is so now. count-takeable.integration.test.ts
 * notices when BullMQ names them otherwise.
 */
export async function countTakeable({ redis, prefix, queue }: CountTakeableOptions): Promise<number> {
  const key = (part: string): string => `${prefix}:${queue}:${part}`;
  const [waiting, prioritized, paused] = await Promise.all([
    redis.llen(key("wait")),
    redis.zcard(key("prioritized")),
    redis.hexists(key("meta"), "paused"),
  ]);
  return paused === 1 ? 0 : waiting + prioritized;
}
