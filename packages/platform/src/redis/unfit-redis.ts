import type { Redis } from "ioredis";
import { ConfigurationError } from "@herald/shared/configuration-error";

/**
 * Settles when a Redis is met that Herald must not work with, as `judge` says of its INFO. Asked on every connection: after
 * a failover it may be another one. A Redis that does not say, or cannot be asked now, is let pass.
 */
export function unfitRedisFound(
  redis: Redis,
  judge: (info: string) => string | undefined,
): Promise<ConfigurationError> {
  return new Promise((resolve) => {
    const check = (): void => {
      // INFO is left open by hosted Redis, where CONFIG is closed.
      redis.info().then(
        (info) => {
          const complaint = judge(info);
          if (complaint !== undefined) resolve(new ConfigurationError([complaint]));
        },
        () => undefined,
      );
    };
    redis.on("ready", check);
    if (redis.status === "ready") check();
  });
}

export function infoField(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(\\S+)`, "m").exec(info)?.[1];
}
