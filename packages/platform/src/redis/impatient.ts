import type { Redis } from "ioredis";

/**
 * Gives up each connection that was made and does not get ready within `connectTimeout`: ioredis limits only the making of
 * it, and whatever stands before a Redis that is gone may still take connections. Duplicates, of which BullMQ makes its
 * own connections, are the same.
 */
export function impatient(redis: Redis): Redis {
  let deadline: NodeJS.Timeout | undefined;
  redis.on("connect", () => {
    clearTimeout(deadline);
    deadline = setTimeout(() => {
      redis.disconnect(true);
    }, redis.options.connectTimeout);
  });
  for (const event of ["ready", "close"]) {
    redis.on(event, () => {
      clearTimeout(deadline);
    });
  }
  const duplicate = redis.duplicate.bind(redis);
  redis.duplicate = (override) => impatient(duplicate(override));
  return redis;
}
