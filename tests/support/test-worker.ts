import { randomUUID } from "node:crypto";
import type { Stoppable } from "@herald/shared/stoppable";
import { startWorker, type RunningWorker, type WorkerOptions } from "@herald/queue/worker/start-worker";

/** One slot, and no patience at its end, unless a test asks for more. */
export function startTestWorker<Entry>(
  options: Pick<WorkerOptions<Entry>, "queue" | "keys" | "redis" | "process"> & Partial<WorkerOptions<Entry>>,
): RunningWorker & Stoppable {
  return startWorker({
    workerId: randomUUID(),
    concurrency: 1,
    graceMs: 2_000,
    stuckAfterMs: 60_000,
    onError: () => undefined,
    ...options,
  });
}
