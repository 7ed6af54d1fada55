import type { Redis } from "ioredis";
import type { Stoppable } from "@herald/shared/stoppable";
import { withDeadline } from "@herald/shared/with-deadline";
import { countTakeable } from "../queues/count-takeable.ts";
import type { QueueName } from "../queues/entries.ts";
import type { Keys } from "@herald/platform/redis/keys";
import { createProgressWatch, type ProgressFacts } from "./progress-watch.ts";

export interface WatchWorkerOptions {
  readonly queue: QueueName;
  readonly keys: Keys;
  readonly redis: Redis;
  readonly stuckAfterMs: number;
  readonly facts: () => Omit<ProgressFacts, "waiting">;
}

export interface WorkerWatch extends Stoppable {
  /** Why only a restart would help, or null while that is not so. */
  stuck(): string | null;
  /** Settles when it has been stuck for as long again, and nobody has restarted it. */
  readonly failed: Promise<Error>;
}

const LOOKS = 6;

/** Looks now and then whether the worker still takes what there is to take. Knows nothing while Redis is away. */
export function watchWorker(options: WatchWorkerOptions): WorkerWatch {
  const { stuckAfterMs, facts } = options;
  const everyMs = stuckAfterMs / LOOKS;
  const watch = createProgressWatch(() => performance.now());
  const reason = `jobs wait in ${options.queue}, there is room, and none was taken for ${stuckAfterMs} ms`;
  let fail!: (error: Error) => void;
  const failed = new Promise<Error>((resolve) => (fail = resolve));

  // While Redis is away one question waits for it, however many looks go by.
  let asked: Promise<number> | null = null;
  const ask = (): Promise<number> => (asked ??= countTakeable(options).finally(() => (asked = null)));

  async function look(): Promise<void> {
    const waiting = await withDeadline(ask(), everyMs).catch(() => 0);
    watch.observe({ waiting, ...facts() });
    if (watch.idleMs() >= 2 * stuckAfterMs) fail(new Error(reason));
  }

  const timer = setInterval(() => void look(), everyMs);
  return {
    stuck: () => (watch.idleMs() >= stuckAfterMs ? reason : null),
    failed,
    stop() {
      clearInterval(timer);
      return Promise.resolve();
    },
  };
}
