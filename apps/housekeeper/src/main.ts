import { randomUUID } from "node:crypto";
import { HERALD_VERSION } from "@herald/shared/config";
import { createDeploymentReader } from "@herald/shared/deployment";
import { messageOf } from "@herald/shared/errors";
import { checkHealth, runApp, startHealthServer, stopAll } from "@herald/shared/lifecycle";
import {
  countEndings,
  createHousekeeperMetrics,
  createRedisConnectionMetrics,
  createRegistry,
} from "@herald/shared/metrics";
import {
  createDeliveryQueue,
  createSynthesisQueue,
  queueNames,
  scheduleHousekeeping,
  type HousekeepingEntry,
  type HousekeepingTask,
} from "@herald/shared/queues";
import { asStoppable, connectPatiently, createKeys, evictionFound, openRedis } from "@herald/shared/redis";
import { createAudioUrl } from "@herald/shared/signing";
import { openStorage } from "@herald/shared/storage";
import {
  createDeliveryStore,
  createFinishJob,
  createJobStore,
  createRecoveryStore,
  createUpkeepStore,
  enqueueJob,
  redeliver,
  type Delivery,
} from "@herald/shared/store";
import { announcePresence, startRescue, startWorker, type RunningWorker } from "@herald/shared/worker";
import { namesIn } from "./names-in.ts";
import { expireAudio } from "./tasks/expire-audio.ts";
import { expireEarly } from "./tasks/expire-early.ts";
import { purgeDeliveries } from "./tasks/purge-deliveries.ts";
import { purgeRecords } from "./tasks/purge-records.ts";
import { reconcile, REPAIR_KINDS } from "./tasks/reconcile.ts";
import { recountAudio, RECOUNT_REPAIRS } from "./tasks/recount-audio.ts";
import { recoverDeliveries } from "./tasks/recover-deliveries.ts";
import { sweepAudio, SWEEP_REPAIRS } from "./tasks/sweep-audio.ts";
import { settleDeletedEndpoints } from "./tasks/settle-deleted-endpoints.ts";
import { sweepEntries } from "./tasks/sweep-entries.ts";
import { unparkDeliveries } from "./tasks/unpark-deliveries.ts";

const PURGE_INTERVAL_MS = 600_000;

const exitCode = await runApp({
  name: "housekeeper",
  env: process.env,
  settings: [
    "HEALTH_PORT",
    "WORKER_STUCK_AFTER",
    "STORAGE_URL",
    "STORAGE_MAX_BYTES",
    "STORAGE_EARLY_EXPIRY",
    "PUBLIC_URL",
    "AUDIO_LINK_SECRET",
    "RECORD_TTL",
    "DELIVERY_TTL",
    "DELIVERY_MAX_BYTES",
    "RECOVERY_RATE",
    "KEEP_TEXT",
    "SYNTHESIS_ATTEMPTS",
    "WEBHOOK_RETRY_DELAYS",
    "EXPIRY_INTERVAL",
    "RECONCILE_INTERVAL",
  ],
  complain: (message) => process.stderr.write(`${message}\n`),

  async start(settings, logger) {
    const keys = createKeys(settings.HERALD_TAG);
    const workerId = randomUUID();
    const prefix = keys.queuePrefix;
    const { redis, onError } = openRedis({ url: settings.REDIS_URL, connect: connectPatiently, logger });
    const eviction = evictionFound(redis, { allowed: settings.ALLOW_EVICTION });
    const registry = createRegistry({ process: "housekeeper", version: HERALD_VERSION });
    createRedisConnectionMetrics(registry, redis);
    const metrics = createHousekeeperMetrics({
      registry,
      read: createDeploymentReader({ redis, keys, now: () => new Date() }),
      audioMaxBytes: settings.STORAGE_MAX_BYTES,
      repairKinds: [...REPAIR_KINDS, ...SWEEP_REPAIRS, ...RECOUNT_REPAIRS],
    });
    const storage = await openStorage(settings.STORAGE_URL, logger);
    const jobs = createJobStore(redis, keys);
    const upkeep = createUpkeepStore(redis, keys);
    const deliveryStore = createDeliveryStore(redis, keys);
    const synthesis = createSynthesisQueue({ redis, prefix, attempts: settings.SYNTHESIS_ATTEMPTS });
    const deliveries = createDeliveryQueue({ redis, prefix, retryDelaysMs: settings.WEBHOOK_RETRY_DELAYS });
    const writeEnding = createFinishJob({
      redis,
      keys,
      deliveries,
      links: {
        audioUrl: createAudioUrl({ publicUrl: settings.PUBLIC_URL, key: settings.AUDIO_LINK_SECRET }),
      },
      recordTtlMs: settings.RECORD_TTL,
      keepText: settings.KEEP_TEXT,
      onDeliveryDelayed: (error) => {
        logger.warn("delivery.delayed", { error });
      },
    });
    const finishJob = countEndings(writeEnding, metrics.endings);
    const onFault = (ref: Parameters<typeof namesIn>[0], error: unknown): void => {
      logger.warn("housekeeping.failed", { ...namesIn(ref), error });
    };
    const onRepair = (kind: string, ref: Parameters<typeof onFault>[0]): void => {
      metrics.repairs.inc({ kind });
      if (kind === "delivery_failed") metrics.givenUp.inc({ reason: "exhausted" });
      logger.warn("reconciler.repaired", { kind, ...namesIn(ref) });
    };
    const tasks: Readonly<Record<HousekeepingTask, () => Promise<object>>> = {
      async "expire-audio"() {
        const deps = { upkeep, jobs, storage, onFault };
        const report = await expireAudio(deps, new Date());
        metrics.audioExpired.inc(report.expired);
        const { STORAGE_EARLY_EXPIRY, STORAGE_MAX_BYTES = Infinity } = settings;
        const early = STORAGE_EARLY_EXPIRY ? await expireEarly(deps, STORAGE_MAX_BYTES) : 0;
        metrics.audioExpiredEarly.inc(early);
        return { ...report, early };
      },
      async "purge-records"() {
        const report = await purgeRecords(
          { upkeep, jobs, deliveries: deliveryStore, storage, onFault },
          new Date(),
        );
        metrics.recordsPurged.inc(report.purged);
        const ofDeliveries = await purgeDeliveries(
          { upkeep, ttlMs: settings.DELIVERY_TTL, maxBytes: settings.DELIVERY_MAX_BYTES, onFault },
          new Date(),
        );
        metrics.deliveriesPurged.inc({ reason: "age" }, ofDeliveries.expired);
        metrics.deliveriesPurged.inc({ reason: "size" }, ofDeliveries.over_size);
        return { ...report, deliveries: ofDeliveries };
      },
      async reconcile() {
        const now = () => new Date();
        const settled = await settleDeletedEndpoints({ upkeep, deliveryStore, deliveries, now, onFault });
        metrics.givenUp.inc({ reason: "endpoint_deleted" }, settled);
        const compared = await reconcile({
          upkeep,
          jobs,
          deliveryStore,
          finishJob,
          storage,
          synthesis,
          enqueueJob: (job) => enqueueJob({ redis, keys, queue: synthesis }, job),
          deliveries,
          deliveryAttempts: settings.WEBHOOK_RETRY_DELAYS.length + 1,
          now,
          onFault,
          onRepair,
        });
        const { swept } = await sweepAudio({ upkeep, jobs, storage, now, onFault, onRepair });
        await recountAudio({
          upkeep,
          onRepair(kind, bytes) {
            metrics.repairs.inc({ kind });
            logger.warn("reconciler.repaired", { kind, bytes });
          },
        });
        await sweepEntries({ upkeep, synthesis, deliveries, onRepair });
        const resending = {
          redeliver: (delivery: Delivery) =>
            redeliver(delivery, { jobs, deliveries: deliveryStore, queue: deliveries, now }),
          perRun: Math.ceil((settings.RECOVERY_RATE * settings.RECONCILE_INTERVAL) / 1000),
          onFault,
        };
        const unparked = await unparkDeliveries({ ...resending, upkeep, deliveryStore });
        const recoveries = createRecoveryStore(redis, keys);
        const { redelivered } = await recoverDeliveries({
          ...resending,
          recoveries,
          deliveries: deliveryStore,
          now,
        });
        return { ...compared, swept, settled, unparked, redelivered };
      },
    };

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
      prefix,
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
      stop: () =>
        stopAll([asStoppable(redis), health, synthesis, deliveries, ...rescues, housekeeping, presence]),
    };
  },
});
process.exit(exitCode);
