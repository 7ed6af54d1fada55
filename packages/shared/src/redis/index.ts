export * from "./connect.ts";
export { createDurability, undurableRedisFound } from "./durability.ts";
export { evictionFound } from "./eviction-policy.ts";
export * from "./keys.ts";
export { openRedis } from "./open-redis.ts";
export { startRedisClock } from "./redis-clock.ts";
export { createRedis } from "./redis-url.ts";
