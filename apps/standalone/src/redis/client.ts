import { createRedis } from "@herald/platform/redis/redis-url";
import type { Redis } from "ioredis";

const ANSWER_MS = 3000;

/**
 * One connection without a second try, authenticated; the server may still be loading its data. Throws what kept it from
 * being made. A server that takes the connection and stays silent has failed after 3 s.
 */
export async function connectOnce(url: string): Promise<Redis> {
  const redis = createRedis(url, {
    lazyConnect: true,
    connectTimeout: ANSWER_MS,
    commandTimeout: ANSWER_MS,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    sentinelRetryStrategy: () => null,
    failoverDetector: false,
  });
  // connect() only says that the connection was closed; the reason comes here.
  let reason: unknown;
  redis.on("error", (error: unknown) => {
    reason ??= error;
  });
  try {
    await redis.connect();
    return redis;
  } catch (error) {
    if (redis.status !== "end") redis.disconnect();
    throw reason ?? error;
  }
}

/** Resolves when Redis answers and has its data loaded; throws why it does not. */
export async function ping(url: string): Promise<void> {
  const redis = await connectOnce(url);
  try {
    await redis.ping();
  } finally {
    redis.disconnect();
  }
}
