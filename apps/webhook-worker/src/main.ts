import { randomUUID } from "node:crypto";
import { HERALD_VERSION } from "@herald/shared/config";
import { checkHealth, runApp, startHealthServer, stopAll } from "@herald/shared/lifecycle";
import {
  createRedisConnectionMetrics,
  createRegistry,
  createWebhookWorkerMetrics,
} from "@herald/shared/metrics";
import { createAddressGuard } from "@herald/shared/net";
import { createDeliveryQueue, queueNames, type DeliveryEntry } from "@herald/shared/queues";
import {
  asStoppable,
  connectPatiently,
  createKeys,
  evictionFound,
  openRedis,
  startRedisClock,
} from "@herald/shared/redis";
import { createSealer } from "@herald/shared/signing";
import {
  checkEncryption,
  createDeliveryStore,
  createEndpointGate,
  createEndpointHealth,
  createEndpointStore,
  createSigningKeys,
  createSigningKeyStore,
} from "@herald/shared/store";
import { announcePresence, startWorker } from "@herald/shared/worker";
import { deliver, outcomeOf } from "./deliver.ts";
import { createWebhookSender } from "./http/index.ts";
import { observeDelivery } from "./observe-delivery.ts";
import { observeTurns } from "./observe-turns.ts";
import { resealSecrets } from "./reseal-secrets.ts";
import { createSlotShares } from "./slot-shares.ts";
import { takeTurn, type TakeTurnDeps } from "./take-turn.ts";

/** For what comes after the sending, until an attempt has told its endpoint that it is over. */
const RECORDING_MS = 5_000;

const exitCode = await runApp({
  name: "webhook-worker",
  env: process.env,
  settings: [
    "HEALTH_PORT",
    "WORKER_STUCK_AFTER",
    "WORKER_MAX_JOBS",
    "WORKER_MEMORY_LIMIT",
    "ENCRYPTION_KEY",
    "WEBHOOK_SECRET",
    "WEBHOOK_RETRY_DELAYS",
    "WEBHOOK_RETRY_JITTER",
    "WEBHOOK_TIMEOUT",
    "WEBHOOK_ALLOW_CIDRS",
    "WEBHOOK_ALLOW_HTTP",
    "WEBHOOK_PORTS",
    "WEBHOOK_PROXY_URL",
    "WEBHOOK_DISABLE_AFTER",
    "WEBHOOK_CONCURRENCY",
    "WEBHOOK_ENDPOINT_CONCURRENCY",
    "WEBHOOK_ENDPOINT_RATE",
  ],
  complain: (message) => process.stderr.write(`${message}\n`),

  async start(settings, logger) {
    const keys = createKeys(settings.HERALD_TAG);
    const workerId = randomUUID();
    const { redis, onError } = openRedis({ url: settings.REDIS_URL, connect: connectPatiently, logger });
    const eviction = evictionFound(redis, { allowed: settings.ALLOW_EVICTION });
    const now = () => new Date();
    const clock = startRedisClock({ redis });
    const sealer = createSealer(settings.ENCRYPTION_KEY);
    const encryption = checkEncryption({ redis, keys, sealer });
    const firstSecret = settings.WEBHOOK_SECRET;
    const signingKeyStore = createSigningKeyStore({ redis, keys, sealer, firstSecret });
    await encryption.first;
    const endpoints = createEndpointStore({ redis, keys, sealer });
    void resealSecrets({ signingKeys: signingKeyStore, endpoints, logger, now });
    const registry = createRegistry({ process: "webhook-worker", version: HERALD_VERSION });
    createRedisConnectionMetrics(registry, redis);
    const metrics = createWebhookWorkerMetrics({ registry, slots: settings.WEBHOOK_CONCURRENCY });
    const sender = createWebhookSender({
      guard: createAddressGuard({ allowCidrs: settings.WEBHOOK_ALLOW_CIDRS }),
      allowHttp: settings.WEBHOOK_ALLOW_HTTP,
      ports: settings.WEBHOOK_PORTS,
      timeoutMs: settings.WEBHOOK_TIMEOUT,
      ...(settings.WEBHOOK_PROXY_URL !== undefined && { proxyUrl: settings.WEBHOOK_PROXY_URL }),
    });
    const queue = createDeliveryQueue({
      redis,
      prefix: keys.queuePrefix,
      retryDelaysMs: settings.WEBHOOK_RETRY_DELAYS,
    });
    const observed = observeTurns(logger, metrics);
    const shares = createSlotShares({
      slots: settings.WEBHOOK_CONCURRENCY,
      timeoutMs: settings.WEBHOOK_TIMEOUT,
      ...observed,
    });
    const turns: TakeTurnDeps = {
      gate: createEndpointGate({
        redis,
        keys,
        limits: {
          maxInFlight: settings.WEBHOOK_ENDPOINT_CONCURRENCY,
          maxPerSecond: settings.WEBHOOK_ENDPOINT_RATE,
          leaseMs: settings.WEBHOOK_TIMEOUT + RECORDING_MS,
        },
        sealer,
        now: clock.now,
      }),
      now: clock.now,
      random: Math.random,
      ...observed,
    };
    const deps = {
      deliveries: createDeliveryStore(redis, keys),
      health: createEndpointHealth({
        redis,
        keys,
        deliveries: queue,
        rules: { disableAfterMs: settings.WEBHOOK_DISABLE_AFTER },
        now,
        onDeliveryDelayed: (error) => {
          logger.warn("delivery.delayed", { error });
        },
      }),
      sender,
      signingKeys: createSigningKeys({ store: signingKeyStore, now }),
      userAgent: `Herald-Webhooks/${HERALD_VERSION}`,
      retry: {
        delaysMs: settings.WEBHOOK_RETRY_DELAYS,
        jitter: settings.WEBHOOK_RETRY_JITTER / 100,
        random: Math.random,
      },
      now,
    };
    const health = await startHealthServer({
      host: settings.HOST,
      port: settings.HEALTH_PORT,
      checks: () => checkHealth({ redis: () => redis.ping(), worker: () => worker.checkTaking() }),
      stuck: () => worker.stuck(),
      metrics: () => registry.metrics(),
      contentType: registry.contentType,
    });
    const worker = startWorker<DeliveryEntry>({
      queue: queueNames.webhookDelivery,
      keys,
      redis,
      workerId,
      concurrency: settings.WEBHOOK_CONCURRENCY,
      keepsCompleted: false, // A delivery's record tells more of it, and for longer.
      retryDelaysMs: settings.WEBHOOK_RETRY_DELAYS,
      graceMs: settings.SHUTDOWN_GRACE,
      stuckAfterMs: settings.WORKER_STUCK_AFTER,
      retirement: { maxJobs: settings.WORKER_MAX_JOBS, memoryLimitBytes: settings.WORKER_MEMORY_LIMIT },
      onError,
      onLoss: metrics.worker.onLoss,
      process: metrics.worker.occupying(({ id, entry, number }, signal) =>
        shares.during(entry.tenant, () =>
          takeTurn({ ...entry, deliveryId: id }, turns, async (turn) => {
            const report = await deliver({ number, turn }, deps, signal);
            if (report !== null) {
              observeDelivery(report, logger, metrics);
            }
            return outcomeOf(report);
          }),
        ),
      ),
    });
    const presence = announcePresence({
      redis,
      keys,
      queue: queueNames.webhookDelivery,
      workerId,
      onError,
    });
    return {
      failed: Promise.race([worker.failed, eviction, encryption.failed]),
      retired: worker.retired,
      stop: () => stopAll([asStoppable(redis), clock, health, queue, sender, worker, presence]),
    };
  },
});
process.exit(exitCode);
