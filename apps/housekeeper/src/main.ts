import { randomUUID } from "node:crypto";
import { messageOf } from "@herald/shared/errors";
import { checkHealth, runApp, startHealthServer, stopAll } from "@herald/shared/lifecycle";
import { queueNames, scheduleHousekeeping, type HousekeepingEntry } from "@herald/shared/queues";
import { asStoppable, connectPatiently, createKeys, evictionFound, openRedis } from "@herald/shared/redis";
import { openStorage } from "@herald/shared/storage";
import { announcePresence, startRescue, startWorker, type RunningWorker } from "@herald/shared/worker";
import { createMetrics } from "./create-metrics.ts";
import { openTasks } from "./open-tasks.ts";
import { HOUSEKEEPER_SETTINGS } from "./settings.ts";

const PURGE_INTERVAL_MS = 600_000;

const exitCode = await runApp({
  name: "housekeeper",
  env: process.env,
  settings: HOUSEKEEPER_SETTINGS,
  complain: (message) => process.stderr.write(`${message}\n`),

  async start(settings, logger) {
    const keys = createKeys(settings.HERALD_TAG);
    const workerId = randomUUID();
    const { redis, onError } = openRedis({ url: settings.REDIS_URL, connect: connectPatiently, logger });
    const eviction = evictionFound(redis, { allowed: settings.ALLOW_EVICTION });
    const { registry, metrics } = createMetrics({ redis, keys, audioMaxBytes: settings.STORAGE_MAX_BYTES });
    const storage = await openStorage(settings.STORAGE_URL, logger);
    const { tasks, parts } = openTasks({ redis, keys, settings, storage, metrics, logger });

    // Health is served before Redis can be reached, and the worker comes after.
    const workers: RunningWorker[] = [];
    const health = await startHealthServer({
      host: settings.HOST,
      port: settings.HEALTH_PORT,
      checks: () =>
        checkHealth({
          redis: () => redis.ping(),
          storage: () => storage.check(),
          worker: async () => workers[0]?.checkTaking(),
        }),
      stuck: () => workers[0]?.stuck() ?? null,
      metrics: () => registry.metrics(),
      contentType: registry.contentType,
    });
    await scheduleHousekeeping({
      redis,
      prefix: keys.queuePrefix,
      everyMs: {
        "expire-audio": settings.EXPIRY_INTERVAL,
        reconcile: settings.RECONCILE_INTERVAL,
        "purge-records": PURGE_INTERVAL_MS,
      },
    });
    const housekeeping = startWorker<HousekeepingEntry>({
      queue: queueNames.housekeeping,
      keys,
      redis,
      workerId,
      concurrency: 1,
      graceMs: settings.SHUTDOWN_GRACE,
      stuckAfterMs: settings.WORKER_STUCK_AFTER,
      onError,
      onLoss: metrics.worker.onLoss,
      process: metrics.worker.occupying(async ({ entry: { task } }) => {
        const startedAt = performance.now();
        const took = (): number => Math.round(performance.now() - startedAt);
        try {
          const report = await tasks[task]();
          metrics.onRun(task, "finished", took());
          logger.info("housekeeping.finished", { task, duration_ms: took(), ...report });
          return { kind: "done" };
        } catch (error) {
          metrics.onRun(task, "broke_off", took());
          // The next run does what this one left undone.
          logger.error("housekeeping.broke_off", { task, duration_ms: took(), error });
          return { kind: "give_up", reason: messageOf(error) };
        }
      }),
    });
    workers.push(housekeeping);
    const rescues = Object.values(queueNames).map((queue) =>
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
    const presence = announcePresence({
      redis,
      keys,
      queue: queueNames.housekeeping,
      workerId,
      onError,
    });
    return {
      failed: Promise.race([housekeeping.failed, eviction]),
      stop: () => stopAll([asStoppable(redis), health, ...parts, ...rescues, housekeeping, presence]),
    };
  },
});
process.exit(exitCode);
