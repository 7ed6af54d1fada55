import type { Observation } from "@herald/webhooks/limiter/endpoint-limiter";
import type { SendResult } from "./http/send-webhook.ts";
import { isSuccess } from "./judge-attempt.ts";
import { requestedMs } from "./retry-delay.ts";

/** It says nothing of the endpoint. */
export const NO_OBSERVATION: Observation = { verdict: "neither", pauseMs: null };
const TOO_MANY_REQUESTS = 429;
/** What stands before the receiver has lost it: more requests would not help it (Standard Webhooks). */
const OVERLOADED: ReadonlySet<number> = new Set([502, 504]);
/** Of ours, not of the receiver's. */
const NOT_TRIED: ReadonlySet<string> = new Set(["blocked_address", "invalid_url", "aborted"]);
const MAX_PAUSE_MS = 600_000;

/** What an attempt says of its endpoint, for those that come after it. */
export function observationOf(result: SendResult, now: Date): Observation {
  if (result.kind === "error") {
    return NOT_TRIED.has(result.errorClass) ? NO_OBSERVATION : { verdict: "failed", pauseMs: null };
  }
  if (result.status === TOO_MANY_REQUESTS) {
    // It answers, so it is no failure: it is as busy as it wants to be.
    return { verdict: "neither", pauseMs: Math.min(requestedMs(result, now) ?? 0, MAX_PAUSE_MS) };
  }
  return {
    verdict: isSuccess(result) ? "delivered" : "failed",
    pauseMs: OVERLOADED.has(result.status) ? 0 : null,
  };
}
