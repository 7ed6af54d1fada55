import type { SettingsReadBy } from "@herald/shared/config";
import type { Stoppable } from "@herald/shared/lifecycle";
import type { Logger } from "@herald/shared/logging";
import { countEndings } from "@herald/shared/metrics";
import {
  createDeliveryQueue,
  createSynthesisQueue,
  type DeliveryEntry,
  type JobEntry,
  type WorkQueue,
} from "@herald/shared/queues";
import { startRedisClock, type Keys } from "@herald/shared/redis";
import { createAudioUrl } from "@herald/shared/signing";
import type { AudioStorage } from "@herald/shared/storage";
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
import type { Redis } from "ioredis";
import type { HousekeeperMetrics } from "./create-metrics.ts";
import type { Tasks } from "./create-task-runner.ts";
import { namesIn } from "./names-in.ts";
import { expireAudio } from "./tasks/expire-audio.ts";
import { expireEarly } from "./tasks/expire-early.ts";
import { purgeDeliveries } from "./tasks/purge-deliveries.ts";
import { purgeRecords } from "./tasks/purge-records.ts";
import type { RepairKind } from "./tasks/reconcile-deps.ts";
import { reconcile } from "./tasks/reconcile.ts";
import { recountAudio } from "./tasks/recount-audio.ts";
import { recoverDeliveries } from "./tasks/recover-deliveries.ts";
import { settleDeletedEndpoints } from "./tasks/settle-deleted-endpoints.ts";
import { sweepAudio, type SweepRepair } from "./tasks/sweep-audio.ts";
import { sweepEntries } from "./tasks/sweep-entries.ts";
import { unparkDeliveries } from "./tasks/unpark-deliveries.ts";

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

/** What all tasks have in common. */
interface Tools extends OpenTasks {
  readonly synthesis: WorkQueue<JobEntry>;
  readonly deliveries: WorkQueue<DeliveryEntry>;
  readonly jobs: ReturnType<typeof createJobStore>;
  readonly upkeep: ReturnType<typeof createUpkeepStore>;
  readonly deliveryStore: ReturnType<typeof createDeliveryStore>;
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
  const deliveries = createDeliveryQueue({ redis, prefix, retryDelaysMs: settings.WEBHOOK_RETRY_DELAYS });
  const clock = startRedisClock({ redis });
  const tools: Tools = {
    ...options,
    synthesis,
    deliveries,
    jobs: createJobStore(redis, keys),
    upkeep: createUpkeepStore(redis, keys),
    deliveryStore: createDeliveryStore(redis, keys),
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
      "expire-audio": () => expire(tools),
      "purge-records": () => purge(tools),
      reconcile: () => putRight(tools),
    },
    parts: [clock, synthesis, deliveries],
  };
}

async function expire(tools: Tools): Promise<object> {
  const { STORAGE_EARLY_EXPIRY, STORAGE_MAX_BYTES = Infinity } = tools.settings;
  const report = await expireAudio(tools, tools.now());
  tools.metrics.audioExpired.inc(report.expired);
  const early = STORAGE_EARLY_EXPIRY ? await expireEarly(tools, STORAGE_MAX_BYTES) : 0;
  tools.metrics.audioExpiredEarly.inc(early);
  return { ...report, early };
}

async function purge(tools: Tools): Promise<object> {
  const { settings, metrics, now } = tools;
  const report = await purgeRecords({ ...tools, deliveries: tools.deliveryStore }, now());
  metrics.recordsPurged.inc(report.purged);
  const limits = { ttlMs: settings.DELIVERY_TTL, maxBytes: settings.DELIVERY_MAX_BYTES };
  const ofDeliveries = await purgeDeliveries({ ...tools, ...limits }, now());
  metrics.deliveriesPurged.inc({ reason: "age" }, ofDeliveries.expired);
  metrics.deliveriesPurged.inc({ reason: "size" }, ofDeliveries.over_size);
  return { ...report, deliveries: ofDeliveries };
}

async function putRight(tools: Tools): Promise<object> {
  const { redis, keys, settings, synthesis, metrics } = tools;
  const settled = await settleDeletedEndpoints(tools);
  metrics.givenUp.inc({ reason: "endpoint_deleted" }, settled);
  const compared = await reconcile({
    ...tools,
    finishJob: finishJobOf(tools),
    enqueueJob: (job) => enqueueJob({ redis, keys, queue: synthesis }, job),
    deliveryAttempts: settings.WEBHOOK_RETRY_DELAYS.length + 1,
  });
  const { swept } = await sweepAudio(tools);
  await recount(tools);
  await sweepEntries(tools);
  return { ...compared, swept, settled, ...(await sendAgain(tools)) };
}

function finishJobOf({ redis, keys, settings, deliveries, metrics, logger }: Tools) {
  const links = {
    audioUrl: createAudioUrl({ publicUrl: settings.PUBLIC_URL, key: settings.AUDIO_LINK_SECRET }),
  };
  const finishJob = createFinishJob({
    redis,
    keys,
    deliveries,
    links,
    recordTtlMs: settings.RECORD_TTL,
    keepText: settings.KEEP_TEXT,
    onDeliveryDelayed: (error) => {
      logger.warn("delivery.delayed", { error });
    },
  });
  return countEndings(finishJob, metrics.endings);
}

async function recount({ upkeep, metrics, logger }: Tools): Promise<void> {
  await recountAudio({
    upkeep,
    onRepair(kind, bytes) {
      metrics.repairs.inc({ kind });
      logger.warn("reconciler.repaired", { kind, bytes });
    },
  });
}

async function sendAgain(tools: Tools): Promise<object> {
  const { redis, keys, settings, jobs, deliveryStore, deliveries, now } = tools;
  const resending = {
    redeliver: (delivery: Delivery) =>
      redeliver(delivery, { jobs, deliveries: deliveryStore, queue: deliveries, now }),
    perRun: Math.ceil((settings.RECOVERY_RATE * settings.RECONCILE_INTERVAL) / 1000),
  };
  const unparked = await unparkDeliveries({ ...tools, ...resending });
  const recoveries = createRecoveryStore(redis, keys);
  const { redelivered } = await recoverDeliveries({
    ...tools,
    ...resending,
    recoveries,
    deliveries: deliveryStore,
  });
  return { unparked, redelivered };
}
