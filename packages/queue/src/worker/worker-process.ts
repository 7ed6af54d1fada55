import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import type { Registry } from "prom-client";
import type { Settings } from "@herald/platform/settings/read-settings";
import type { Process } from "@herald/platform/settings/values/setting";
import { HERALD_VERSION } from "@herald/platform/version";
import { checkHealth, type HealthCheck } from "@herald/platform/lifecycle/health-report";
import { startHealthServer } from "@herald/platform/lifecycle/health-server";
import { stopAll } from "@herald/platform/lifecycle/stop-all";
import type { Running, Stoppable } from "@herald/shared/stoppable";
import type { Logger } from "@herald/platform/logging/logger";
import type { WorkerMetrics } from "./worker-metrics.ts";
import { createRedisConnectionMetrics } from "@herald/platform/metrics/redis-connection-metrics";
import { createRegistry } from "@herald/platform/metrics/registry";
import type { QueueName } from "../queues/entries.ts";
import { asStoppable, connectPatiently } from "@herald/platform/redis/connect";
import { evictionFound } from "@herald/platform/redis/eviction-policy";
import { createKeys, type Keys } from "@herald/platform/redis/keys";
import { openRedis } from "@herald/platform/redis/open-redis";
import { announcePresence } from "./presence.ts";
import { startWorker, type Processor, type RunningWorker } from "./start-worker.ts";

export interface OpenWorkerBase {
  readonly name: Process;
  readonly settings: Settings<"REDIS_URL" | "ALLOW_EVICTION" | "HERALD_TAG">;
  readonly logger: Logger;
}

/** What every worker's process stands on, whatever it works at. */
export interface WorkerBase {
  readonly keys: Keys;
  readonly workerId: string;
  readonly redis: Redis;
  /** For the errors of whatever talks to `redis`. */
  readonly onError: (error: unknown) => void;
  /** Settles when `redis` is one that deletes jobs. */
  readonly eviction: Promise<Error>;
  readonly registry: Registry;
}

/** Waits for no Redis, which may come later. */
export function openWorkerBase({ name, settings, logger }: OpenWorkerBase): WorkerBase {
  const { redis, onError } = openRedis({ url: settings.REDIS_URL, connect: connectPatiently, logger });
  const registry = createRegistry({ process: name, version: HERALD_VERSION });
  createRedisConnectionMetrics(registry, redis);
  return {
    keys: createKeys(settings.HERALD_TAG),
    workerId: randomUUID(),
    redis,
    onError,
    eviction: evictionFound(redis, { allowed: settings.ALLOW_EVICTION }),
    registry,
  };
}

type WorkerSettings = Settings<"HOST" | "HEALTH_PORT" | "SHUTDOWN_GRACE" | "WORKER_STUCK_AFTER"> &
  Partial<Settings<"WORKER_MAX_JOBS" | "WORKER_MEMORY_LIMIT">>;

export interface WorkerProcessOptions<Entry> {
  /** A worker whose process reads no limits of its life never retires. */
  readonly settings: WorkerSettings;
  readonly base: WorkerBase;
  readonly queue: QueueName;
  readonly concurrency: number;
  readonly process: Processor<Entry>;
  readonly metrics: Pick<WorkerMetrics, "onLoss" | "occupying">;
  /** What the work needs, to be stopped after the worker, the last one first. */
  readonly parts: readonly Stoppable[];
  /** What must answer for this process to be ready, beside Redis and the worker itself. */
  readonly checks?: Readonly<Record<string, HealthCheck>>;
  /** Each settles when Herald must not go on with what it reaches, for a reason that the base does not know. */
  readonly failed?: readonly Promise<Error>[];
  /** Before the first entry is taken. May wait for Redis: health is served already. Answers what it started. */
  readonly prepare?: () => Promise<readonly Stoppable[]>;
  readonly keepsCompleted?: boolean;
  readonly retryDelaysMs?: readonly number[];
}

export interface WorkerProcess extends Running {
  /** As the worker's own. */
  readonly hold: RunningWorker["hold"];
}

/**
 * All that a worker's process runs: first its health, which tells of a worker that is still to come; then the worker, and
 * that it is there. Ends the other way round: nobody counts on it, it finishes what it has, then lets go of the rest.
 */
export async function startWorkerProcess<Entry>(
  options: WorkerProcessOptions<Entry>,
): Promise<WorkerProcess> {
  const { base, queue, parts, prepare = () => Promise.resolve([]) } = options;
  const { redis, keys, workerId, onError } = base;
  let current: RunningWorker | null = null;
  const health = await serveHealth(options, () => current);
  const prepared = await prepare();
  const worker = startProcessing(options);
  current = worker;
  const presence = announcePresence({ redis, keys, queue, workerId, onError });
  return {
    failed: Promise.race([worker.failed, base.eviction, ...(options.failed ?? [])]),
    retired: worker.retired,
    hold: (isHeld) => {
      worker.hold(isHeld);
    },
    stop: () => stopAll([asStoppable(redis), health, ...parts, ...prepared, worker, presence]),
  };
}

function serveHealth(
  { settings, base, checks = {} }: WorkerProcessOptions<never>,
  current: () => RunningWorker | null,
): Promise<Stoppable> {
  const { redis, registry } = base;
  const checkTaking = (): Promise<void> =>
    current()?.checkTaking() ?? Promise.reject(new Error("it takes nothing yet"));
  return startHealthServer({
    host: settings.HOST,
    port: settings.HEALTH_PORT,
    checks: () => checkHealth({ redis: () => redis.ping(), ...checks, worker: checkTaking }),
    stuck: () => current()?.stuck() ?? null,
    metrics: () => registry.metrics(),
    contentType: registry.contentType,
  });
}

function startProcessing<Entry>({
  settings,
  base: { redis, keys, workerId, onError },
  queue,
  concurrency,
  process,
  metrics,
  keepsCompleted = true,
  retryDelaysMs = [],
}: WorkerProcessOptions<Entry>): RunningWorker {
  return startWorker<Entry>({
    queue,
    keys,
    redis,
    workerId,
    concurrency,
    process: metrics.occupying(process),
    keepsCompleted,
    retryDelaysMs,
    graceMs: settings.SHUTDOWN_GRACE,
    stuckAfterMs: settings.WORKER_STUCK_AFTER,
    retirement: { maxJobs: settings.WORKER_MAX_JOBS, memoryLimitBytes: settings.WORKER_MEMORY_LIMIT },
    onError,
    onLoss: metrics.onLoss,
  });
}
