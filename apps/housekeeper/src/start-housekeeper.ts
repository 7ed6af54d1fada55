import type { SettingsReadBy } from "@herald/platform/settings/read-by";
import type { Running, Stoppable } from "@herald/shared/stoppable";
import type { Logger } from "@herald/platform/logging/logger";
import { queueNames } from "@herald/queue/queues/entries";
import {
  housekeepingTasks,
  nextRunOf,
  scheduleHousekeeping,
  type HousekeepingEntry,
} from "@herald/queue/queues/housekeeping";
import { openStorage } from "@herald/shared/storage/open-storage";
import { startRescue } from "@herald/queue/worker/rescue";
import { openWorkerBase, startWorkerProcess, type WorkerBase } from "@herald/queue/worker/worker-process";
import { createMetrics, type HousekeeperMetrics } from "./create-metrics.ts";
import { createTaskProcessor } from "./create-task-processor.ts";
import { createTaskRuns } from "./create-task-runs.ts";
import { openTasks } from "./open-tasks.ts";
import { startSpareRuns } from "./start-spare-runs.ts";

const PURGE_INTERVAL_MS = 60_000;

/** Runs the tasks that are due, and hands on what dead workers had. */
export async function startHousekeeper(
  settings: SettingsReadBy<"housekeeper">,
  logger: Logger,
): Promise<Running> {
  const base = openWorkerBase({ name: "housekeeper", settings, logger });
  const { redis, keys, registry } = base;
  const metrics = createMetrics({ registry, redis, keys, audioMaxBytes: settings.STORAGE_MAX_BYTES });
  const storage = await openStorage(settings.STORAGE_URL, logger);
  const { tasks, parts } = openTasks({ redis, keys, settings, storage, metrics, logger });
  const runTask = createTaskRuns({ tasks, onRun: metrics.onRun, logger });
  return startWorkerProcess<HousekeepingEntry>({
    settings,
    base,
    queue: queueNames.housekeeping,
    // A slot for each task, so that none waits for another.
    concurrency: housekeepingTasks.length,
    process: createTaskProcessor(runTask, base),
    metrics: metrics.worker,
    checks: { storage: () => storage.check() },
    parts,
    async prepare() {
      await scheduleHousekeeping({
        redis,
        prefix: keys.queuePrefix,
        everyMs: {
          "expire-audio": settings.EXPIRY_INTERVAL,
          reconcile: settings.RECONCILE_INTERVAL,
          "purge-records": PURGE_INTERVAL_MS,
        },
      });
      const spareRuns = startSpareRuns({
        nextRunOf: (task) => nextRunOf(task, base),
        runTask: metrics.worker.occupying(runTask),
        onError: base.onError,
      });
      return [...startRescues(base, metrics, logger), spareRuns];
    },
  });
}

function startRescues(
  { redis, keys, onError }: WorkerBase,
  metrics: HousekeeperMetrics,
  logger: Logger,
): readonly Stoppable[] {
  return Object.values(queueNames).map((queue) =>
    startRescue({
      queue,
      redis,
      keys,
      onError,
      onRescued(rescue, entryId) {
        metrics.killed(queue).inc();
        logger.warn("entry.rescued", { queue, entry_id: entryId, outcome: rescue });
      },
    }),
  );
}
