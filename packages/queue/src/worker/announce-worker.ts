import type { Redis } from "ioredis";
import type { QueueName } from "../queues/entries.ts";
import type { Keys } from "@herald/platform/redis/keys";
import { createScript, runScript } from "@herald/platform/redis/script";

// By Redis's clock, which is the only one that a worker and those who count the workers share. It begins with a removal, so
// that a worker does not count as gone because Redis is full (see expire-audio.ts).
//
// KEYS[1]  the queue's workers, scored by when each counts as gone
// ARGV[1]  worker id   ARGV[2]  for how long it counts as there, in ms
// Returns  nothing of interest
const ANNOUNCE_WORKER = createScript(`
local now = redis.call("TIME")
local nowMs = now[1] * 1000 + math.floor(now[2] / 1000)
redis.call("ZREMRANGEBYSCORE", KEYS[1], "-inf", nowMs)
redis.call("ZADD", KEYS[1], nowMs + ARGV[2], ARGV[1])
return 0
`);

export interface Announcement {
  readonly queue: QueueName;
  readonly workerId: string;
  readonly forMs: number;
}

export async function announceWorker(
  redis: Redis,
  keys: Keys,
  { queue, workerId, forMs }: Announcement,
): Promise<void> {
  await runScript(redis, ANNOUNCE_WORKER, { keys: [keys.workers(queue)], args: [workerId, String(forMs)] });
}
