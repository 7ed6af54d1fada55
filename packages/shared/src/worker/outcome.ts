import { DelayedError, UnrecoverableError, WaitingError, type Job as BullJob } from "bullmq";
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
  /** May not run yet: it waits with no attempt used and no slot taken. `onPostponed` is called once it does. */
  | { readonly kind: "postpone"; readonly delayMs: number; readonly onPostponed?: () => Promise<void> };

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
export async function settle(outcome: Outcome, { queue, entry, token, onError }: HeldEntry): Promise<void> {
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
      await giveBack(queue, entry, token);
      throw new WaitingError();
    case "postpone":
      await entry.moveToDelayed(Date.now() + outcome.delayMs, token);
      await outcome.onPostponed?.().catch(onError);
      throw new DelayedError();
  }
}
