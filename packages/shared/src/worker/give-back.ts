import type { Job as BullJob } from "bullmq";
import type { Redis } from "ioredis";
import type { QueueName } from "../queues/index.ts";
import type { Keys } from "../redis/keys.ts";

export interface GiveBackDeps {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly queue: QueueName;
}

/**
 * Puts an entry back to the head of its queue with no attempt used: BullMQ puts one that has a priority before its peers, by the
 * priority that stands in Redis now. But it tells no waiting worker of it (6.7), and an idle one would find it seconds later: the
 * queue's marker, which is what they wait for, tells them.
 */
export async function giveBack(
  { redis, keys, queue }: GiveBackDeps,
  entry: BullJob,
  token: string | undefined,
): Promise<void> {
  await entry.moveToWait(token);
  if (entry.priority > 0) {
    await redis.zadd(keys.queuePart(queue, "marker"), 0, "0");
  }
}
