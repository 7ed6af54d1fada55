import { startRedis, type TestRedis } from "./redis.ts";

declare global {
  var heraldTestRedis: TestRedis | undefined;
}

/** Before the integration tests: one Redis for all files, each of which keeps to keys of its own. */
export default async function startRedisForTests(): Promise<void> {
  globalThis.heraldTestRedis = await startRedis();
  process.env["HERALD_TEST_REDIS_URL"] = globalThis.heraldTestRedis.url;
}
