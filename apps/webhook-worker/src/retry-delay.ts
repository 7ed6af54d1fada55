import type { SendResult } from "./http/index.ts";
import { parseRetryAfter } from "./retry-after.ts";

export interface RetryPolicy {
  readonly delaysMs: readonly number[];
  /** By which share of itself a delay may vary, either way. */
  readonly jitter: number;
  /** From 0 to 1. */
  readonly random: () => number;
}

const DAY_MS = 86_400_000;
/** Too many requests, and unavailable: the answers with which Retry-After says when to come back. */
const SAYS_WHEN: ReadonlySet<number> = new Set([429, 503]);

/** The wait after the attempt of that number: the schedule's, or longer where the receiver asks for it, up to a day. */
export function retryDelayMs(
  { result, number, now }: { result: SendResult; number: number; now: Date },
  { delaysMs, jitter, random }: RetryPolicy,
): number {
  const scheduled = delaysMs[number - 1] ?? 0;
  const varied = Math.round(scheduled * (1 + jitter * (2 * random() - 1)));
  return Math.max(varied, Math.min(requestedMs(result, now) ?? 0, DAY_MS));
}

/** What the receiver's answer asks for; null when it does not. */
export function requestedMs(result: SendResult, now: Date): number | null {
  if (result.kind === "error" || result.retryAfter === null || !SAYS_WHEN.has(result.status)) {
    return null;
  }
  return parseRetryAfter(result.retryAfter, now);
}
