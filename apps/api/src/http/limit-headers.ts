import type { AppError } from "@herald/shared/errors";
import type { Limits } from "@herald/shared/jobs/limits";
import type { RateLeft } from "@herald/jobs/admission/admit-job";
import { Refusal } from "@herald/jobs/admission/refusal";

type Headers = Readonly<Record<string, string>>;

interface Policy {
  readonly limit: number;
  readonly left: number;
  readonly comment: string;
}

const WINDOW_SECONDS = 60;

/**
 * The `RateLimit-*` fields of draft-ietf-httpapi-ratelimit-headers-06. `RateLimit-Policy` lists what holds for the key; where
 * these are two limits, the other fields are about the one that is nearer to being used up, as the draft asks.
 */
export function rateLimitHeaders(limits: Limits, left: RateLeft): Headers {
  const policies = [
    policy("requests", limits.requestsPerMinute, left.requests),
    policy("characters", limits.charsPerMinute, left.chars),
  ].filter((held) => held !== null);
  const [nearest] = policies.toSorted((a, b) => a.left / a.limit - b.left / b.limit);
  return nearest === undefined
    ? {}
    : { ...describe(nearest), "ratelimit-policy": policies.map(quota).join(", ") };
}

/** Of a request that was turned down: whether and when to try again. */
export function refusalHeaders(error: AppError): Headers {
  return error instanceof Refusal
    ? {
        ...rateLimitHeaders(error.limits, error.left),
        "retry-after": String(Math.max(1, Math.ceil(error.retryAfterMs / 1000))),
        "x-should-retry": String(error.shouldRetry),
      }
    : {};
}

function policy(comment: string, limit: number | undefined, left: number | null): Policy | null {
  return limit === undefined || left === null ? null : { comment, limit, left };
}

/** The bucket fills evenly: the reset is when it will be full, with nothing submitted until then. */
function describe({ limit, left }: Policy): Headers {
  const resetSeconds = Math.ceil(((limit - left) / limit) * WINDOW_SECONDS);
  return {
    "ratelimit-limit": String(limit),
    "ratelimit-remaining": String(left),
    "ratelimit-reset": String(resetSeconds),
  };
}

function quota({ limit, comment }: Policy): string {
  return `${limit};w=${WINDOW_SECONDS};comment="${comment}"`;
}
