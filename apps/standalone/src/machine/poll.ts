import { setTimeout as sleep } from "node:timers/promises";

export interface PollOptions {
  readonly timeoutMs: number;
  readonly everyMs?: number;
  readonly signal?: AbortSignal;
}

/** Asks until the answer is true: true then, false once `timeoutMs` is over. Throws the signal's reason when aborted. */
export async function poll(
  condition: () => boolean | Promise<boolean>,
  { timeoutMs, everyMs = 50, signal }: PollOptions,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    if (await condition()) return true;
    if (performance.now() >= deadline) return false;
    await sleep(everyMs);
  }
}
