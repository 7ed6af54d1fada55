import type { Redis, RedisOptions } from "ioredis";
import { AppError, messageOf } from "@herald/shared/errors";
import type { Stoppable } from "@herald/shared/stoppable";
import { gatherWrites } from "./gather-writes.ts";
import { impatient } from "./impatient.ts";
import { reconnectDelayMs } from "./reconnect-delay.ts";
import { createRedis } from "./redis-url.ts";

const COMMAND_TIMEOUT_MS = 1000;

/** Once for the connection to be made and once for it to get ready: half of what Redis's return may take to be noticed. */
const CONNECT_MS = 1500;

const RECONNECTING = {
  connectTimeout: CONNECT_MS,
  disconnectTimeout: 500,
  retryStrategy: reconnectDelayMs,
  // While it reads its data, Redis tells how long that will take; ioredis would believe it for up to 10 s.
  maxLoadingRetryTime: 500,
  reconnectOnError: becameReplica,
} satisfies RedisOptions;

/** Behind one address another Redis may be the primary by now: a new connection finds it. */
function becameReplica(error: Error): boolean {
  return error.message.startsWith("READONLY");
}

/**
 * For a process that must answer its client now. A command fails at once when Redis is away, and within a second when it
 * is frozen; nothing waits in memory for it to come back, and nothing is sent a second time. A command that failed may
 * still have been carried out. A connection that stays silent is given up, so that the next commands fail at once.
 */
export function connectFailingFast(url: string, onError: (error: Error) => void): Redis {
  const redis = createRedis(url, {
    ...RECONNECTING,
    enableOfflineQueue: false,
    commandTimeout: COMMAND_TIMEOUT_MS,
    socketTimeout: 2 * COMMAND_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
  });
  return impatient(redis.on("error", onError));
}

/**
 * Longer than any silence that is in order: BullMQ waits for an entry for up to 10 s. A path that broke without a word
 * would otherwise be noticed by the kernel alone, after a quarter of an hour. No shorter, because what a Redis that was
 * merely frozen has received already is sent once more on the next connection.
 */
const SILENCE_MS = 12_000;

/** For a worker: commands wait until Redis is back, because there is nobody to tell, and many go out together. */
export function connectPatiently(url: string, onError: (error: Error) => void): Redis {
  const redis = createRedis(url, {
    ...RECONNECTING,
    socketTimeout: SILENCE_MS,
    maxRetriesPerRequest: null,
  });
  return gatherWrites(impatient(redis.on("error", onError)));
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

/** Of ioredis. */
const CLIENT_PHRASES = [
  "enableOfflineQueue",
  "Connection is closed",
  "Command timed out",
  "Command aborted",
  "max retries per request",
  "All sentinels are unreachable",
];
/** Of the system, or the beginning of several. */
const NETWORK_PHRASES = ["ECONN", "EPIPE", "ETIMEDOUT", "ENOTFOUND", "EAI_AGAIN", "socket"];
/** With these Redis begins what it answers instead of carrying a command out. */
const ANSWER_CODES = [
  "LOADING",
  "OOM",
  "MISCONF",
  "READONLY",
  "MASTERDOWN",
  "CLUSTERDOWN",
  "TRYAGAIN",
  "NOREPLICAS",
  "EXECABORT",
];
const UNAVAILABLE = new RegExp(
  [...CLIENT_PHRASES, ...NETWORK_PHRASES, ...ANSWER_CODES.map((code) => `^${code}`)].join("|"),
  "i",
);

/** Whether this is Redis being away, full or not ready, rather than a fault of ours. */
export function isRedisUnavailable(error: unknown): boolean {
  return error instanceof AppError ? error.code === "redis_unavailable" : UNAVAILABLE.test(messageOf(error));
}
