import { setTimeout as sleep } from "node:timers/promises";
import { DelayedError, UnrecoverableError, WaitingError, type Job as BullJob } from "bullmq";
import { isRedisUnavailable } from "@herald/platform/redis/connect";
import { giveBack } from "./give-back.ts";
import type { RemindedQueue } from "./remind-workers.ts";

/** What an attempt came to. The processor decides; `settle` is the one place that tells BullMQ. */
export type Outcome =
  | { readonly kind: "done" }
  /** `delayMs`: the wait before the next attempt, where it is not the queue's own. */
  | { readonly kind: "retry"; readonly reason: string; readonly delayMs?: number }
  | { readonly kind: "give_up"; readonly reason: string }
  /** Interrupted through no fault of the job's: it goes back to the head of the queue with no attempt used. */
  | { readonly kind: "hand_back" }
  /** Another worker has the entry, or will: it stays where it is. */
  | { readonly kind: "let_go" }
  /** May not run yet: it waits with no attempt used and no slot taken. `onSnoozed` is called once it does. */
  | { readonly kind: "snooze"; readonly delayMs: number; readonly onSnoozed?: () => Promise<void> };

/** What a worker has while an attempt runs. */
export interface HeldEntry {
  readonly queue: RemindedQueue;
  readonly entry: BullJob;
  readonly token: string | undefined;
  readonly onError: (error: Error) => void;
}

/**
 * BullMQ learns an outcome by what the processor throws: resolving completes the entry, and WaitingError and DelayedError leave
 * it where it was put. `reason` becomes its `failedReason`, which operators see: a code or class, never what people wrote.
 */
export async function settle(outcome: Outcome, held: HeldEntry): Promise<void> {
  const { entry, token, onError } = held;
  switch (outcome.kind) {
    case "done":
      return;
    case "retry":
      // For this once: what stands in Redis stays as it is.
      if (outcome.delayMs !== undefined) entry.opts.backoff = { type: "fixed", delay: outcome.delayMs };
      throw new Error(outcome.reason);
    case "give_up":
      throw new UnrecoverableError(outcome.reason);
    case "let_go":
      throw new WaitingError();
    case "hand_back":
      await handBack(held);
      throw new WaitingError();
    case "snooze":
      try {
        await entry.moveToDelayed(Date.now() + outcome.delayMs, token);
      } catch (error) {
        if (!isRedisUnavailable(error)) throw error;
        return settle({ kind: "hand_back" }, held);
      }
      await outcome.onSnoozed?.().catch(onError);
      throw new DelayedError();
  }
}

/** Within what a stopping worker is waited for. */
const HAND_BACK_TRIES = 5;
const HAND_BACK_AGAIN_MS = 500;

/** What comes to nothing leaves the entry where it is: another worker has it, or will once its lock has run out. */
async function handBack({ queue, entry, token, onError }: HeldEntry): Promise<void> {
  for (let tries = 1; tries <= HAND_BACK_TRIES; tries++) {
    try {
      await giveBack(queue, entry, token);
      return;
    } catch (error) {
      onError(error as Error);
      if (!isRedisUnavailable(error) || tries === HAND_BACK_TRIES) return;
    }
    await sleep(HAND_BACK_AGAIN_MS);
  }
}
