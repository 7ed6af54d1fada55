import type { JobEntry } from "@herald/queue/queues/entries";
import type { Attempt, Processor } from "@herald/queue/worker/start-worker";
import type { ObservedAttempt } from "./observe-attempt.ts";
import { outcomeOf, type AttemptResult } from "./run-attempt.ts";
import type { StorageBreaker } from "./storage-breaker.ts";

export interface CreateAttempt {
  readonly breaker: Pick<StorageBreaker, "isOpen" | "absolve">;
  readonly run: (attempt: Attempt<JobEntry>, signal: AbortSignal) => Promise<AttemptResult>;
  readonly observe: (observed: ObservedAttempt) => void;
}

/** Attempts at jobs, as long as what they make can be stored. */
export function createAttempt({ breaker, run, observe }: CreateAttempt): Processor<JobEntry> {
  return async (attempt, signal) => {
    // Taken in the very moment that the breaker opened.
    if (breaker.isOpen()) return { kind: "hand_back" };
    const startedAt = performance.now();
    const result = await run(attempt, signal);
    observe({ attempt, result, durationMs: performance.now() - startedAt });
    if (result.kind === "completed") breaker.absolve();
    return outcomeOf(result);
  };
}
