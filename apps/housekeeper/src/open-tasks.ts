import type { SettingsReadBy } from "@herald/platform/settings/read-by";
import type { Stoppable } from "@herald/shared/stoppable";
import type { Logger } from "@herald/platform/logging/logger";
import { countEndings } from "@herald/jobs/ending/ending-metrics";
import type { DeliveryEntry, JobEntry } from "@herald/queue/queues/entries";
import { createDeliveryQueue, createSynthesisQueue } from "@herald/queue/queues/queues";
import type { WorkQueue } from "@herald/queue/queues/work-queue";
import type { Keys } from "@herald/platform/redis/keys";
import { startRedisClock } from "@herald/platform/redis/redis-clock";
import { createAudioUrl } from "@herald/shared/signing/audio-url";
import type { AudioStorage } from "@herald/shared/storage/audio-storage";
import { enqueueJob } from "@herald/jobs/admission/create-job";
import { createFinishJob, type FinishJob } from "@herald/jobs/ending/finish-job";
import { createJobStore, type JobStore } from "@herald/jobs/record/job-store";
import { createUpkeepStore, type UpkeepStore } from "@herald/jobs/retention/upkeep-store";
import type { Delivery } from "@herald/webhooks/deliveries/delivery-record";
import { createDeliveryStore, type DeliveryStore } from "@herald/webhooks/deliveries/delivery-store";
import { redeliver } from "@herald/webhooks/deliveries/redeliver";
import { createRecoveryStore } from "@herald/webhooks/recovery/recovery-store";
import type { Redis } from "ioredis";
import type { HousekeeperMetrics } from "./create-metrics.ts";
import type { Tasks } from "./create-task-runs.ts";
import { namesIn } from "./names-in.ts";
import { expireAudio } from "./tasks/expire-audio.ts";
import { expireEarly } from "./tasks/expire-early.ts";
import { purgeDeliveries } from "./tasks/purge-deliveries.ts";
import { purgeRecords } from "./tasks/purge-records.ts";
import type { ReconcileDeps, RepairKind } from "./tasks/reconcile-deps.ts";
import { reconcile } from "./tasks/reconcile.ts";
import { recountAudio, type RecountAudioDeps } from "./tasks/recount-audio.ts";
import { recoverDeliveries } from "./tasks/recover-deliveries.ts";
import { settleDeletedEndpoints } from "./tasks/settle-deleted-endpoints.ts";
import { sweepAudio, type SweepRepair } from "./tasks/sweep-audio.ts";
import { sweepEntries } from "./tasks/sweep-entries.ts";
import { unparkDeliveries } from "./tasks/unpark-deliveries.ts";
import { limitRun } from "./tasks/work-off.ts";

export interface OpenTasks {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly settings: SettingsReadBy<"housekeeper">;
  readonly storage: AudioStorage;
  readonly metrics: HousekeeperMetrics;
  readonly logger: Logger;
}

export interface OpenedTasks {
  readonly tasks: Tasks;
  readonly parts: readonly Stoppable[];
}

/** What the tasks are made of; each is handed what it uses. */
interface Means extends OpenTasks {
  readonly synthesis: WorkQueue<JobEntry>;
  readonly deliveryQueue: WorkQueue<DeliveryEntry>;
  readonly jobs: JobStore;
  readonly upkeep: UpkeepStore;
  readonly deliveries: DeliveryStore;
  readonly now: () => Date;
  readonly onFault: (ref: Ref, error: unknown) => void;
  readonly onRepair: (kind: RepairKind | SweepRepair, ref: Ref) => void;
}

type Ref = Parameters<typeof namesIn>[0];

/** The housekeeper's tasks, over the queues and stores that they share. */
export function openTasks(options: OpenTasks): OpenedTasks {
  const { redis, keys, settings, metrics, logger } = options;
  const prefix = keys.queuePrefix;
  const synthesis = createSynthesisQueue({ redis, prefix, attempts: settings.SYNTHESIS_ATTEMPTS });
  const deliveryQueue = createDeliveryQueue({ redis, prefix, retryDelaysMs: settings.WEBHOOK_RETRY_DELAYS });
  const clock = startRedisClock({ redis });
  const means: Means = {
    ...options,
    synthesis,
    deliveryQueue,
    jobs: createJobStore(redis, keys),
    upkeep: createUpkeepStore(redis, keys),
    deliveries: createDeliveryStore(redis, keys),
    now: () => new Date(clock.now()),
    onFault(ref, error) {
      logger.warn("housekeeping.failed", { ...namesIn(ref), error });
    },
    onRepair(kind, ref) {
      metrics.repairs.inc({ kind });
      if (kind === "delivery_failed") metrics.givenUp.inc({ reason: "exhausted" });
      logger.warn("reconciler.repaired", { kind, ...namesIn(ref) });
    },
  };
  return {
    tasks: {
      "expire-audio": (signal) => runExpireAudio(means, signal),
      "purge-records": (signal) => runPurgeRecords(means, signal),
      reconcile: () => runReconcile(means),
    },
    parts: [clock, synthesis, deliveryQueue],
  };
}

async function runExpireAudio(means: Means, signal: AbortSignal): Promise<object> {
  const { settings, metrics, upkeep, jobs, storage, now, onFault } = means;
  const { STORAGE_EARLY_EXPIRY, STORAGE_MAX_BYTES = Infinity } = settings;
  const deps = { upkeep, jobs, storage, onFault };
  const { expired, failed, abandonedRemoved } = await expireAudio(
    { ...deps, isOver: limitRun({ signal }) },
    now(),
  );
  metrics.audioExpired.inc(expired);
  const early = STORAGE_EARLY_EXPIRY
    ? await expireEarly({ ...deps, isOver: limitRun({ signal }) }, STORAGE_MAX_BYTES)
    : 0;
  metrics.audioExpiredEarly.inc(early);
  return { expired, failed, abandoned_removed: abandonedRemoved, early };
}

async function runPurgeRecords(means: Means, signal: AbortSignal): Promise<object> {
  const { settings, metrics, upkeep, jobs, deliveries, storage, now, onFault } = means;
  const records = await purgeRecords(
    { upkeep, jobs, deliveries, storage, isOver: limitRun({ signal }), onFault },
    now(),
  );
  metrics.recordsPurged.inc(records.purged);
  const limits = { ttlMs: settings.DELIVERY_TTL, maxBytes: settings.DELIVERY_MAX_BYTES };
  const { expired, overSize, unpurged } = await purgeDeliveries(
    { upkeep, ...limits, isOver: limitRun({ signal }), onFault },
    now(),
  );
  metrics.deliveriesPurged.inc({ reason: "age" }, expired);
  metrics.deliveriesPurged.inc({ reason: "size" }, overSize);
  return { ...records, deliveries: { expired, over_size: overSize, unpurged } };
}

async function runReconcile(means: Means): Promise<object> {
  const { metrics, synthesis, deliveryQueue, jobs, upkeep, deliveries, storage } = means;
  const { now, onFault, onRepair } = means;
  const settled = await settleDeletedEndpoints({ upkeep, deliveries, deliveryQueue, now, onFault });
  metrics.givenUp.inc({ reason: "endpoint_deleted" }, settled);
  const { lookedAt, repaired, failed } = await reconcile(reconcileDepsOf(means));
  const { swept } = await sweepAudio({ upkeep, jobs, storage, now, onRepair, onFault });
  await recountAudio({ upkeep, onRepair: recountRepaired(means) });
  await sweepEntries({ upkeep, synthesis, deliveryQueue, onRepair });
  return { looked_at: lookedAt, repaired, failed, swept, settled, ...(await sendAgain(means)) };
}

function reconcileDepsOf(means: Means): ReconcileDeps {
  const { redis, keys, settings, storage, synthesis, deliveryQueue, jobs, upkeep, deliveries } = means;
  return {
    upkeep,
    jobs,
    deliveries,
    finishJob: openFinishJob(means),
    storage,
    synthesis,
    enqueueJob: (job) => enqueueJob({ redis, keys, queue: synthesis }, job),
    deliveryQueue,
    deliveryAttempts: settings.WEBHOOK_RETRY_DELAYS.length + 1,
    now: means.now,
    onRepair: means.onRepair,
    onFault: means.onFault,
  };
}

function openFinishJob({ redis, keys, settings, deliveryQueue, metrics, logger }: Means): FinishJob {
  const finishJob = createFinishJob({
    redis,
    keys,
    deliveries: deliveryQueue,
    links: {
      audioUrl: createAudioUrl({ publicUrl: settings.PUBLIC_URL, key: settings.AUDIO_LINK_SECRET }),
    },
    recordTtlMs: settings.RECORD_TTL,
    keepText: settings.KEEP_TEXT,
    onDeliveryDelayed: (error) => {
      logger.warn("delivery.delayed", { error });
    },
  });
  return countEndings(finishJob, metrics.endings);
}

function recountRepaired({ metrics, logger }: Means): RecountAudioDeps["onRepair"] {
  return (kind, bytes) => {
    metrics.repairs.inc({ kind });
    logger.warn("reconciler.repaired", { kind, bytes });
  };
}

/** What was parked, and what somebody asked to have sent once more. */
async function sendAgain(means: Means): Promise<object> {
  const { redis, keys, settings, deliveryQueue, jobs, upkeep, deliveries, now, onFault } = means;
  const resending = {
    redeliver: (delivery: Delivery) => redeliver(delivery, { jobs, deliveries, queue: deliveryQueue, now }),
    perRun: Math.ceil((settings.RECOVERY_RATE * settings.RECONCILE_INTERVAL) / 1000),
  };
  const unparked = await unparkDeliveries({ upkeep, deliveries, ...resending, onFault });
  const recoveries = createRecoveryStore(redis, keys);
  const { redelivered } = await recoverDeliveries({ recoveries, deliveries, ...resending, now, onFault });
  return { unparked, redelivered };
}
