import type { Redis } from "ioredis";
import type { QueueName } from "../queues/entries.ts";
import type { Keys } from "@herald/platform/redis/keys";
import { createScript, runScript } from "@herald/platform/redis/script";

// By Redis's clock, as they were announced.
//
// KEYS[1]  the queue's workers, scored by when each counts as gone
// Returns  how many are there
const COUNT_WORKERS = createScript(`
local now = redis.call("TIME")
return redis.call("ZCOUNT", KEYS[1], now[1] * 1000 + math.floor(now[2] / 1000), "+inf")
`);

export async function countWorkers(redis: Redis, keys: Keys, queue: QueueName): Promise<number> {
  return (await runScript(redis, COUNT_WORKERS, { keys: [keys.workers(queue)], args: [] })) as number;
}
