import type { SettingsReadBy } from "@herald/platform/settings/read-by";
import type { HealthCheck } from "@herald/platform/lifecycle/health-report";
import type { Stoppable } from "@herald/shared/stoppable";
import type { Logger } from "@herald/platform/logging/logger";
import {
  createSynthesisWorkerMetrics,
  type SynthesisWorkerMetrics,
} from "./metrics/synthesis-worker-metrics.ts";
import { countEndings } from "@herald/jobs/ending/ending-metrics";
import type { DeliveryEntry, JobEntry } from "@herald/queue/queues/entries";
import { createDeliveryQueue } from "@herald/queue/queues/queues";
import type { WorkQueue } from "@herald/queue/queues/work-queue";
import { startRedisClock } from "@herald/platform/redis/redis-clock";
import { createAudioUrl } from "@herald/shared/signing/audio-url";
import { openStorage } from "@herald/shared/storage/open-storage";
import { createFinishJob, type FinishJob } from "@herald/jobs/ending/finish-job";
import { listenForCancellations } from "@herald/jobs/record/cancellations";
import { createJobStore } from "@herald/jobs/record/job-store";
import { createDeliveryStore } from "@herald/webhooks/deliveries/delivery-store";
import { enqueueOwed } from "@herald/webhooks/deliveries/enqueue-owed";
import type { Processor } from "@herald/queue/worker/start-worker";
import type { WorkerBase } from "@herald/queue/worker/worker-process";
import { startEnginePool, type EnginePool } from "@herald/speech/engines/pool/start-engine-pool";
import { createClaimWatch } from "./claim-watch.ts";
import { createAttempt } from "./create-attempt.ts";
import { withJobDeadline } from "./job-deadline.ts";
import { observeAttempt, observeEngine, observeStorage } from "./observe-attempt.ts";
import { createProduceAudio } from "./produce-audio.ts";
import { createReportProgress } from "./report-progress.ts";
import { runAttempt, type RunAttemptDeps } from "./run-attempt.ts";
import { openScratch } from "./scratch.ts";
import { createStorageBreaker } from "./storage-breaker.ts";

/** While these are claimed, stored or committed, as many as there are engines are spoken: no engine waits for a disk. */
const JOBS_BESIDE_SPEAKING = 2;

export interface OpenAttempts {
  readonly base: WorkerBase;
  readonly settings: SettingsReadBy<"synthesis-worker">;
  readonly logger: Logger;
  /** Keeps the worker from taking jobs until it is called with false. */
  readonly hold: (isHeld: boolean) => void;
}

export interface OpenedAttempts {
  readonly attempt: Processor<JobEntry>;
  /** How many jobs may be attempted at once. */
  readonly slots: number;
  readonly metrics: SynthesisWorkerMetrics;
  readonly checks: Readonly<Record<"storage", HealthCheck>>;
  /** To be stopped once no attempt runs, the last one first. */
  readonly parts: readonly Stoppable[];
}

/** Everything that an attempt at a job needs, put together. Waits for no Redis; throws for storage that cannot be used. */
export async function openAttempts(options: OpenAttempts): Promise<OpenedAttempts> {
  const { settings, logger, hold } = options;
  const { redis, keys, onError } = options.base;
  const storage = await openStorage(settings.STORAGE_URL, logger);
  const scratch = await openScratch(settings.SCRATCH_DIR);
  const { engine, slots, metrics } = startEngines(options);
  const clock = startRedisClock({ redis });
  const now = () => new Date(clock.now());
  const jobs = createJobStore(redis, keys);
  const deliveryStore = createDeliveryStore(redis, keys);
  const deliveryQueue = createDeliveryQueue({
    redis,
    prefix: keys.queuePrefix,
    retryDelaysMs: settings.WEBHOOK_RETRY_DELAYS,
  });
  const claims = createClaimWatch({ jobs, onError });
  const cancellations = listenForCancellations({ redis, keys, onCancelled: claims.lose, onError });
  const breaker = createStorageBreaker({
    check: async () => {
      await Promise.all([storage.check(), scratch.check()]);
    },
    hold,
    onChange: observeStorage(logger, metrics),
  });
  const produce = createProduceAudio({
    engine,
    storage,
    scratch,
    audioTtlMs: settings.AUDIO_TTL,
    onProgress: createReportProgress({ jobs, onLost: claims.lose, now: Date.now, onError }),
    now,
  });
  const produceInTime = withJobDeadline(produce, settings.JOB_TIMEOUT);
  const deps: RunAttemptDeps = {
    jobs,
    finishJob: countEndings(openFinishJob(options, deliveryQueue), metrics.endings),
    storage,
    produceAudio: (job, text, signal) => claims.during(job, (ours) => produceInTime(job, text, ours), signal),
    enqueueOwed: ({ tenant, id: jobId }) =>
      enqueueOwed({ tenant, jobId }, { store: deliveryStore, queue: deliveryQueue }),
    isStorageToBlame: (fault) => breaker.blame(fault),
    now,
  };
  return {
    attempt: createAttempt({
      breaker,
      run: (attempt, signal) => runAttempt(attempt, deps, signal),
      observe: (observed) => {
        observeAttempt(observed, logger, metrics);
      },
    }),
    slots,
    metrics,
    checks: { storage: () => storage.check() },
    parts: [clock, scratch, deliveryQueue, engine, claims, cancellations, breaker],
  };
}

/** Engines and metrics tell of each other. */
function startEngines({ base, settings, logger }: OpenAttempts) {
  const slots = settings.SYNTHESIS_CONCURRENCY + JOBS_BESIDE_SPEAKING;
  const metrics = createSynthesisWorkerMetrics({
    registry: base.registry,
    slots,
    engines: () => engine.counts(),
    engineMemoryLimitBytes: settings.ENGINE_MEMORY_LIMIT,
  });
  const engine: EnginePool = startEnginePool({
    childModule: new URL(import.meta.resolve("@herald/speech/engines/espeak/espeak-child")),
    size: settings.SYNTHESIS_CONCURRENCY,
    segmentTimeoutMs: settings.SEGMENT_TIMEOUT,
    memoryLimitBytes: settings.ENGINE_MEMORY_LIMIT,
    onEvent: (event) => {
      observeEngine(event, logger, metrics);
    },
  });
  return { engine, slots, metrics };
}

function openFinishJob(
  { base: { redis, keys }, settings, logger }: OpenAttempts,
  deliveries: WorkQueue<DeliveryEntry>,
): FinishJob {
  return createFinishJob({
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
}
