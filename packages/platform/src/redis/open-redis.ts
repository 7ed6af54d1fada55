import type { Redis } from "ioredis";
import { messageOf } from "@herald/shared/errors";
import type { Logger } from "../logging/logger.ts";
import { isRedisUnavailable } from "./connect.ts";

export interface OpenRedisOptions {
  readonly url: string;
  /** How patient the connection is: `connectFailingFast` or `connectPatiently`. */
  readonly connect: (url: string, onError: (error: Error) => void) => Redis;
  readonly logger: Pick<Logger, "info" | "warn">;
}

export interface OpenedRedis {
  readonly redis: Redis;
  /** For the errors of whatever else talks to this Redis: what an outage that was told of explains is not told again. */
  readonly onError: (error: unknown) => void;
}

/** A Redis that is full refuses hundreds of commands a second; the log needs to say so now and then. */
const REFUSED_AGAIN_MS = 10_000;

/** The one connection that a process is given. Says once that Redis is away and once that it is back, not at each try, and not at each refusal what it refuses. */
export function openRedis({ url, connect, logger }: OpenRedisOptions): OpenedRedis {
  let lostAt: number | null = null;
  let refusedAt = -Infinity;

  function onError(error: unknown): void {
    if (!isRedisUnavailable(error)) {
      logger.warn("redis.failed", { error });
      return;
    }
    if (redis.status === "ready") {
      if (performance.now() - refusedAt < REFUSED_AGAIN_MS) return;
      refusedAt = performance.now();
      logger.warn("redis.failed", { error });
      return;
    }
    if (lostAt === null) logger.warn("redis.lost", { reason: messageOf(error) });
    lostAt ??= performance.now();
  }

  const redis = connect(url, onError);
  redis.on("ready", () => {
    if (lostAt !== null) logger.info("redis.restored", { away_ms: Math.round(performance.now() - lostAt) });
    lostAt = null;
  });
  return { redis, onError };
}
