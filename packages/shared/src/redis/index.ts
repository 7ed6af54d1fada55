export * from "./connect.ts";
export { evictionFound } from "./eviction-policy.ts";
export * from "./keys.ts";
export { openRedis } from "./open-redis.ts";
export { createRedis } from "./redis-url.ts";
