import type { TestDeployment } from "./test-redis.ts";

/** Everything in Redis, but for the deployment's name, times, the id said twice, and BullMQ's counter of ties, which a score replaces. */
export async function contentsOf({ redis, keys }: TestDeployment) {
  const found: Record<string, unknown> = {};
  for (const key of await redis.keys(`${keys.queuePrefix}:*`)) {
    found[key.slice(keys.queuePrefix.length)] = await contentOf(redis, key);
  }
  delete found[":synthesis:pc"];
  return found;
}

async function contentOf(redis: TestDeployment["redis"], key: string): Promise<unknown> {
  switch (await redis.type(key)) {
    case "hash": {
      const { opts, timestamp, ...fields } = await redis.hgetall(key);
      const options = {
        ...(JSON.parse(opts ?? "{}") as object),
        priority: "in its own field",
        jobId: "in the key",
      };
      return { ...fields, options, isTimed: Number(timestamp) > 0 };
    }
    case "zset":
      return redis.zrange(key, "0", "-1", "WITHSCORES");
    case "stream":
      return (await redis.xrange(key, "-", "+")).map(([, fields]) => fields);
    case "list":
      return redis.lrange(key, 0, -1);
    default:
      return redis.get(key);
  }
}
