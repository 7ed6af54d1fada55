import { Redis } from "ioredis";
import { AppError, messageOf } from "../errors.ts";
import type { Stoppable } from "../lifecycle/index.ts";

const COMMAND_TIMEOUT_MS = 1000;

/** Doubling from 50 ms to 1 s: BullMQ's own goes to 20 s, and Redis was back 12.5 s before anybody noticed. */
function retryDelayMs(times: number): number {
  return Math.min(50 * 2 ** Math.min(times, 10), 1000);
}

const RECONNECTING = { connectTimeout: 2000, retryStrategy: retryDelayMs };

/**
 * For a process that must answer its client now. A command fails at once when Redis is away, and within a second when it
 * is frozen; nothing waits in memory for it to come back. A timed-out command may still have been carried out.
 */
export function connectFailingFast(url: string, onError: (error: Error) => void): Redis {
  const redis = new Redis(url, {
    ...RECONNECTING,
    enableOfflineQueue: false,
    commandTimeout: COMMAND_TIMEOUT_MS,
    maxRetriesPerRequest: 1,
  });
  return redis.on("error", onError);
}

/** For a worker: commands wait until Redis is back, because there is nobody to tell. */
export function connectPatiently(url: string, onError: (error: Error) => void): Redis {
  return new Redis(url, { ...RECONNECTING, maxRetriesPerRequest: null }).on("error", onError);
}

/** Let go of last, and at once: whatever still waits for an answer has nobody left to tell. */
export function asStoppable(redis: Redis): Stoppable {
  return {
    stop() {
      redis.disconnect();
      return Promise.resolve();
    },
  };
}

const UNAVAILABLE =
  /enableOfflineQueue|Connection is closed|Command timed out|max retries per request|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|socket|^(LOADING|OOM|MISCONF|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOREPLICAS|EXECABORT)/i;

/** Whether this is Redis being away, full or not ready, rather than a fault of ours. */
export function isRedisUnavailable(error: unknown): boolean {
  return error instanceof AppError ? error.code === "redis_unavailable" : UNAVAILABLE.test(messageOf(error));
}
