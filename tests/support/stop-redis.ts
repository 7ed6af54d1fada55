import type {} from "./start-redis.ts";

export default async function stopRedisOfTests(): Promise<void> {
  await globalThis.heraldTestRedis?.stop();
}
