import { randomUUID } from "node:crypto";
import { HERALD_VERSION } from "@herald/shared/config";
import type { Job } from "@herald/shared/job";
import { checkHealth, runApp, startHealthServer, stopAll } from "@herald/shared/lifecycle";
import {
  countEndings,
  createRedisConnectionMetrics,
  createRegistry,
  createSynthesisWorkerMetrics,
} from "@herald/shared/metrics";
import { createDeliveryQueue, queueNames, type JobEntry } from "@herald/shared/queues";
import {
  asStoppable,
  connectPatiently,
  createKeys,
  evictionFound,
  openRedis,
  startRedisClock,
} from "@herald/shared/redis";
import { createAudioUrl } from "@herald/shared/signing";
import { openStorage } from "@herald/shared/storage";
import {
  createDeliveryStore,
  createFinishJob,
  createJobStore,
  enqueueOwed,
  listenForCancellations,
} from "@herald/shared/store";
import { announcePresence, startWorker } from "@herald/shared/worker";
import { startEnginePool, type EnginePool } from "@herald/speech";
import { createClaimWatch } from "./claim-watch.ts";
import { extensionOf } from "./extension-of.ts";
import { withJobDeadline } from "./job-deadline.ts";
import { observeAttempt, observeEngine } from "./observe-attempt.ts";
import { createProduceAudio, type Produce } from "./produce-audio.ts";
import { createReportProgress } from "./report-progress.ts";
import { outcomeOf, runAttempt } from "./run-attempt.ts";
import { openScratch } from "./scratch.ts";
import { createStorageBreaker } from "./storage-breaker.ts";

/** While these are claimed, stored or committed, as many as there are engines are spoken: no engine waits for a disk. */
const JOBS_BESIDE_SPEAKING = 2;

const exitCode = await runApp({
  name: "synthesis-worker",
  env: process.env,
  settings: [
    "HEALTH_PORT",
    "WORKER_STUCK_AFTER",
    "WORKER_MAX_JOBS",
    "WORKER_MEMORY_LIMIT",
    "STORAGE_URL",
    "PUBLIC_URL",
    "AUDIO_LINK_SECRET",
    "AUDIO_TTL",
    "RECORD_TTL",
    "KEEP_TEXT",
    "SYNTHESIS_CONCURRENCY",
    "SEGMENT_TIMEOUT",
    "JOB_TIMEOUT",
    "ENGINE_MEMORY_LIMIT",
    "SCRATCH_DIR",
    "WEBHOOK_RETRY_DELAYS",
  ],
  complain: (message) => process.stderr.write(`${message}\n`),

  async start(settings, logger) {
    const keys = createKeys(settings.HERALD_TAG);
    const workerId = randomUUID();
    const { redis, onError } = openRedis({ url: settings.REDIS_URL, connect: connectPatiently, logger });
    const eviction = evictionFound(redis, { allowed: settings.ALLOW_EVICTION });
    const registry = createRegistry({ process: "synthesis-worker", version: HERALD_VERSION });
    createRedisConnectionMetrics(registry, redis);
    const slots = settings.SYNTHESIS_CONCURRENCY + JOBS_BESIDE_SPEAKING;
    const metrics = createSynthesisWorkerMetrics({
      registry,
      slots,
      engines: () => engine.counts(),
      engineMemoryLimitBytes: settings.ENGINE_MEMORY_LIMIT,
    });
    const storage = await openStorage(settings.STORAGE_URL, logger);
    const scratch = await openScratch(settings.SCRATCH_DIR);
    const jobs = createJobStore(redis, keys);
    const deliveryStore = createDeliveryStore(redis, keys);
    const deliveries = createDeliveryQueue({
      redis,
      prefix: keys.queuePrefix,
      retryDelaysMs: settings.WEBHOOK_RETRY_DELAYS,
    });
    const engine: EnginePool = startEnginePool({
      name: "espeak",
      childModule: new URL(import.meta.resolve("@herald/speech/espeak-child")),
      size: settings.SYNTHESIS_CONCURRENCY,
      segmentTimeoutMs: settings.SEGMENT_TIMEOUT,
      memoryLimitBytes: settings.ENGINE_MEMORY_LIMIT,
      onEvent: (event) => {
        observeEngine(event, logger, metrics);
      },
    });
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
    const clock = startRedisClock({ redis });
    const now = () => new Date(clock.now());
    const claims = createClaimWatch({ jobs, onError });
    const cancellations = listenForCancellations({ redis, keys, onCancelled: claims.lose, onError });
    const produce = createProduceAudio({
      engine,
      storage,
      scratch,
      audioTtlMs: settings.AUDIO_TTL,
      onProgress: createReportProgress({ jobs, onLost: claims.lose, now: Date.now, onError }),
      now,
    });
    const produceInTime = withJobDeadline(produce, settings.JOB_TIMEOUT);
    const breaker = createStorageBreaker({
      check: () => storage.check(),
      hold: (isHeld) => {
        worker.hold(isHeld);
        metrics.storageHeld.set(Number(isHeld));
      },
      onChange: (state, error) => {
        if (state === "open") logger.error("storage.lost", { error });
        else logger.info("storage.restored");
      },
    });
    const deps = {
      isStorageToBlame: (fault: unknown) => breaker.blame(fault),
      jobs,
      finishJob,
      storage,
      produceAudio: ((job, text, signal) =>
        claims.during(job, (ours) => produceInTime(job, text, ours), signal)) satisfies Produce,
      enqueueOwed: ({ tenant, id: jobId }: Job) =>
        enqueueOwed({ tenant, jobId }, { store: deliveryStore, queue: deliveries }),
      extensionOf,
      now,
    };
    const health = await startHealthServer({
      host: settings.HOST,
      port: settings.HEALTH_PORT,
      checks: () =>
        checkHealth({
          redis: () => redis.ping(),
          storage: () => storage.check(),
          worker: () => worker.checkTaking(),
        }),
      stuck: () => worker.stuck(),
      metrics: () => registry.metrics(),
      contentType: registry.contentType,
    });
    const worker = startWorker<JobEntry>({
      queue: queueNames.synthesis,
      keys,
      redis,
      workerId,
      concurrency: slots,
      graceMs: settings.SHUTDOWN_GRACE,
      stuckAfterMs: settings.WORKER_STUCK_AFTER,
      retirement: { maxJobs: settings.WORKER_MAX_JOBS, memoryLimitBytes: settings.WORKER_MEMORY_LIMIT },
      onError,
      onLoss: metrics.worker.onLoss,
      process: metrics.worker.occupying(async (attempt, signal) => {
        // Taken in the very moment that the breaker opened.
        if (breaker.isOpen()) return { kind: "hand_back" };
        const startedAt = performance.now();
        const result = await runAttempt(attempt, deps, signal);
        observeAttempt({ attempt, result, durationMs: performance.now() - startedAt }, logger, metrics);
        if (result.kind === "completed") breaker.absolve();
        return outcomeOf(result);
      }),
    });
    const presence = announcePresence({
      redis,
      keys,
      queue: queueNames.synthesis,
      workerId,
      onError,
    });
    return {
      failed: Promise.race([worker.failed, eviction]),
      retired: worker.retired,
      stop: () =>
        stopAll([
          asStoppable(redis),
          clock,
          scratch,
          health,
          deliveries,
          engine,
          claims,
          cancellations,
          worker,
          breaker,
          presence,
        ]),
    };
  },
});
process.exit(exitCode);
