import { poll } from "../../apps/standalone/src/machine/poll.ts";

export { findFreePort as freePort } from "../../apps/standalone/src/machine/ports.ts";

export interface WaitOptions {
  readonly timeoutMs?: number;
  /** What was waited for, for the message when it does not come. */
  readonly what?: string;
}

/** Polls until the condition holds; throws when it does not in time. */
export async function waitFor(
  condition: () => boolean | Promise<boolean>,
  { timeoutMs = 10_000, what = "the condition" }: WaitOptions = {},
): Promise<void> {
  if (!(await poll(condition, { timeoutMs, everyMs: 20 }))) {
    throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
  }
}
