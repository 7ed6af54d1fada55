import { messageOf } from "@herald/shared/errors";
import type { Logger } from "@herald/shared/logging";
import { connectFailingFast } from "@herald/shared/redis";
import type { Redis } from "ioredis";

/** Says once that Redis is away and once that it is back, not at each of the tries in between. */
export function connectRedis(url: string, logger: Logger): Redis {
  let isAway = false;
  const redis = connectFailingFast(url, (error) => {
    if (!isAway) logger.warn("redis.lost", { reason: messageOf(error) });
    isAway = true;
  });
  return redis.on("ready", () => {
    if (isAway) logger.info("redis.restored");
    isAway = false;
  });
}
