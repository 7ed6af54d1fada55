import { UnrecoverableError } from "bullmq";

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

/** `reason` becomes BullMQ's `failedReason`, which operators see: a code or class, never what people wrote. */
export function settle(outcome: Exclude<Outcome, { kind: "hand_back" | "let_go" | "postpone" }>): void {
  switch (outcome.kind) {
    case "done":
      return;
    case "retry":
      throw new Error(outcome.reason);
    case "give_up":
      throw new UnrecoverableError(outcome.reason);
  }
}
