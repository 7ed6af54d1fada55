import type { SettingsReadBy } from "@herald/platform/settings/read-by";
import type { Running } from "@herald/shared/stoppable";
import type { Logger } from "@herald/platform/logging/logger";
import { queueNames, type JobEntry } from "@herald/queue/queues/entries";
import { openWorkerBase, startWorkerProcess, type WorkerProcess } from "@herald/queue/worker/worker-process";
import { openAttempts } from "./open-attempts.ts";

/** Takes jobs and speaks them. */
export async function startSynthesisWorker(
  settings: SettingsReadBy<"synthesis-worker">,
  logger: Logger,
): Promise<Running> {
  const base = openWorkerBase({ name: "synthesis-worker", settings, logger });
  const { attempt, slots, metrics, checks, parts } = await openAttempts({
    base,
    settings,
    logger,
    // Called by attempts alone, and so not before there is a worker.
    hold: (isHeld) => {
      worker.hold(isHeld);
    },
  });
  const worker: WorkerProcess = await startWorkerProcess<JobEntry>({
    settings,
    base,
    queue: queueNames.synthesis,
    concurrency: slots,
    process: attempt,
    metrics: metrics.worker,
    checks,
    parts,
  });
  return worker;
}
