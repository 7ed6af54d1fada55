import type { Keys } from "@herald/platform/redis/keys";
import type { Redis } from "ioredis";
import { RateLimiterRedis } from "rate-limiter-flexible";
import { refusalOf, type Allowance } from "../http/rate-limit.ts";

/** Whether a tenant may have one of its endpoints tested now. */
export type LimitTests = (tenant: string) => Promise<Allowance>;

const PER_MINUTE = 10;

/**
 * Each test sends a handful of webhooks that nobody paid for with a job, wherever the tenant says: this keeps Herald from being
 * used to call others. Counted by tenant, and not by endpoint, which can be made anew. In Redis, over all API processes.
 */
export function createLimitTests(redis: Redis, keys: Keys): LimitTests {
  const limiter = new RateLimiterRedis({
    storeClient: redis,
    keyPrefix: keys.endpointTests,
    points: PER_MINUTE,
    duration: 60,
  });
  return async (tenant) => {
    try {
      await limiter.consume(tenant);
      return null;
    } catch (rejection) {
      return refusalOf(rejection);
    }
  };
}
