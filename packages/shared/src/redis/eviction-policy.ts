import type { Redis } from "ioredis";
import { ConfigurationError } from "../config/configuration-error.ts";

/**
 * Settles when a Redis is met that deletes keys once its memory is full, jobs among them. Asked on every connection: after
 * a failover it may be another one. A Redis that does not say, or cannot be asked now, is let pass.
 */
export function evictionFound(redis: Redis, { allowed }: { allowed: boolean }): Promise<ConfigurationError> {
  return new Promise((resolve) => {
    if (allowed) return;
    const check = (): void => {
      readPolicy(redis).then(
        (policy) => {
          if (policy !== undefined && policy !== "noeviction") resolve(complaint(policy));
        },
        () => undefined,
      );
    };
    redis.on("ready", check);
    if (redis.status === "ready") check();
  });
}

/** From INFO, which hosted Redis leaves open where it closes CONFIG. */
async function readPolicy(redis: Redis): Promise<string | undefined> {
  return /^maxmemory_policy:(\S+)/m.exec(await redis.info("memory"))?.[1];
}

function complaint(policy: string): ConfigurationError {
  return new ConfigurationError([
    `REDIS_URL: this Redis has maxmemory-policy ${policy}, so it deletes jobs when its memory is full. ` +
      "Set it to noeviction, or accept the loss with ALLOW_EVICTION=true",
  ]);
}
