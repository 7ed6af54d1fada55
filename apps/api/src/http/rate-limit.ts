import { RateLimiterRes } from "rate-limiter-flexible";

/** Null: it may be done. Otherwise how long to wait before the next. */
export type Allowance = { readonly retryAfterSeconds: number } | null;

/** What a limiter's rejection means. Throws it again when it is an error, such as Redis being away. */
export function refusalOf(rejection: unknown): Allowance {
  if (rejection instanceof RateLimiterRes) {
    return { retryAfterSeconds: Math.max(1, Math.ceil(rejection.msBeforeNext / 1000)) };
  }
  throw rejection;
}
