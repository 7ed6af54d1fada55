import type { Redis } from "ioredis";
import type { ConfigurationError } from "@herald/shared/configuration-error";
import { infoField, unfitRedisFound } from "./unfit-redis.ts";

/** Settles when a Redis is met that deletes keys once its memory is full, jobs among them. */
export function evictionFound(redis: Redis, { allowed }: { allowed: boolean }): Promise<ConfigurationError> {
  return unfitRedisFound(redis, (info) => {
    const policy = infoField(info, "maxmemory_policy");
    return allowed || policy === undefined || policy === "noeviction" ? undefined : complaint(policy);
  });
}

function complaint(policy: string): string {
  return (
    `REDIS_URL: this Redis has maxmemory-policy ${policy}, so it deletes jobs when its memory is full. ` +
    "Set it to noeviction, or accept the loss with ALLOW_EVICTION=true"
  );
}
