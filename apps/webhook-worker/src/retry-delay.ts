import type { SendResult } from "./http/send-webhook.ts";
import { parseRetryAfter } from "./retry-after.ts";

export interface RetryPolicy {
  readonly delaysMs: readonly number[];
  /** By how many percent of itself a delay may vary, either way. Null: the default list not at all, any other by 20. */
  readonly jitterPercent: number | null;
  /** From 0 to 1. */
  readonly random: () => number;
}

const DAY_MS = 86_400_000;
/** Too many requests, and unavailable: the answers with which Retry-After says when to come back. */
const SAYS_WHEN: ReadonlySet<number> = new Set([429, 503]);

/** What WEBHOOK_RETRY_DELAYS is by default: 2, 4 and 8 seconds are a promise, whoever chose them. */
const EXACT_MS = [2_000, 4_000, 8_000].join();
const USUAL_JITTER_PERCENT = 20;

/**
 * The wait after the attempt of that number: the schedule's, shorter or longer by the jitter. A receiver that says when to
 * come back is not called before the schedule would have it, and may ask for more, up to a day.
 */
export function retryDelayMs(
  { result, number, now }: { result: SendResult; number: number; now: Date },
  { delaysMs, jitterPercent, random }: RetryPolicy,
): number {
  const scheduled = delaysMs[number - 1] ?? 0;
  const share = (jitterPercent ?? usualJitterPercent(delaysMs)) / 100;
  const varied = Math.round(scheduled * (1 + share * (2 * random() - 1)));
  const requested = requestedMs(result, now);
  return requested === null ? varied : Math.max(scheduled, varied, Math.min(requested, DAY_MS));
}

function usualJitterPercent(delaysMs: readonly number[]): number {
  return delaysMs.join() === EXACT_MS ? 0 : USUAL_JITTER_PERCENT;
}

/** What the receiver's answer asks for; null when it does not. */
export function requestedMs(result: SendResult, now: Date): number | null {
  if (result.kind === "error" || result.retryAfter === null || !SAYS_WHEN.has(result.status)) {
    return null;
  }
  return parseRetryAfter(result.retryAfter, now);
}
