import { randomUUID } from "node:crypto";
import { connectPatiently } from "@herald/platform/redis/connect";
import { createKeys, type Keys } from "@herald/platform/redis/keys";

export interface TestDeployment {
  readonly url: string;
  readonly redis: ReturnType<typeof connectPatiently>;
  /** Under a tag that nobody else uses, so that tests run side by side on one Redis. */
  readonly keys: Keys;
  close(): Promise<void>;
}

/** For integration tests: an empty deployment, on the Redis that jest's global setup brought up unless a test has its own. */
export function openTestDeployment(url = process.env["HERALD_TEST_REDIS_URL"]): TestDeployment {
  if (url === undefined) {
    throw new Error("HERALD_TEST_REDIS_URL is not set: is this running in the project `integration`?");
  }
  const redis = connectPatiently(url, () => undefined);
  const keys = createKeys(`test-${randomUUID()}`);
  return {
    url,
    redis,
    keys,
    async close() {
      const left = await redis.keys(`${keys.queuePrefix}:*`);
      if (left.length > 0) await redis.unlink(left);
      await redis.quit();
    },
  };
}
