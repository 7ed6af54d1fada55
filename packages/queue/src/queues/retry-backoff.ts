import type { BackoffOptions } from "bullmq";

/** The type under which `scheduledDelayMs` is known to a worker. */
const SCHEDULE = "schedule";

/** BullMQ's own exponential backoff where the delays double, as 2 s, 4 s, 8 s do; otherwise the list itself. */
export function retryBackoff(delaysMs: readonly number[]): BackoffOptions {
  const [first = 0] = delaysMs;
  const doubles = delaysMs.every((delayMs, i) => delayMs === first * 2 ** i);
  return doubles ? { type: "exponential", delay: first } : { type: SCHEDULE };
}

/** The wait after the `attemptsMade`th attempt; BullMQ asks only while attempts are left. */
export function scheduledDelayMs(delaysMs: readonly number[], attemptsMade: number): number {
  return delaysMs[attemptsMade - 1] ?? delaysMs.at(-1) ?? 0;
}
