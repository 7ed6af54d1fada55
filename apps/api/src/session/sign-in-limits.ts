import { isIPv6 } from "node:net";
import { RateLimiterRedis } from "rate-limiter-flexible";
import type { Redis } from "ioredis";
import { refusalOf, type Allowance } from "../http/rate-limit.ts";

/** Whether an attempt may be made now. */
export type LimitSignIn = (address: string) => Promise<Allowance>;

export interface SignInLimitsOptions {
  readonly redis: Redis;
  readonly keyPrefix: string;
  readonly perAddress?: number;
  readonly overall?: number;
}

const WINDOW_SECONDS = 60;

/**
 * Counted in Redis, over all API processes. A key has 256 bits, so nobody guesses one: this keeps the attempts, and what
 * they cost, from growing. Without Redis nobody signs in.
 */
export function createSignInLimits({
  redis,
  keyPrefix,
  perAddress = 10,
  overall = 100,
}: SignInLimitsOptions): LimitSignIn {
  const limiter = (name: string, points: number) =>
    new RateLimiterRedis({
      storeClient: redis,
      keyPrefix: `${keyPrefix}:${name}`,
      points,
      duration: WINDOW_SECONDS,
    });
  const addresses = limiter("address", perAddress);
  const all = limiter("overall", overall);

  return async (address) => {
    try {
      // In this order: one address that is refused does not use up what is there for everybody.
      await addresses.consume(networkOf(address));
      await all.consume("all");
      return null;
    } catch (rejection) {
      return refusalOf(rejection);
    }
  };
}

/** Whoever has one IPv6 address has the other 2^64 of its network too. */
function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
  if (mapped !== undefined || !isIPv6(address)) {
    return mapped ?? address;
  }
  const [head = "", tail] = address.replace(/%.*$/, "").split("::");
  const groups = head.split(":").filter(Boolean);
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(":").filter(Boolean).length;
  const whole = [...groups, ...Array.from({ length: missing }, () => "0"), ...(tail ?? "").split(":")];
  return `${whole.slice(0, 4).join(":")}::/64`;
}
