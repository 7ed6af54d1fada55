import type { SettingsReadBy } from "@herald/shared/config";
import type { Running } from "@herald/shared/lifecycle";
import type { Logger } from "@herald/shared/logging";
import { queueNames, type JobEntry } from "@herald/shared/queues";
import { openWorkerBase, startWorkerProcess, type WorkerProcess } from "@herald/shared/worker";
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
