import { randomUUID } from "node:crypto";
import { HERALD_VERSION } from "@herald/shared/config";
import { checkHealth, runApp, startHealthServer, stopAll } from "@herald/shared/lifecycle";
import {
  createRedisConnectionMetrics,
  createRegistry,
  createWebhookWorkerMetrics,
} from "@herald/shared/metrics";
import { createAddressGuard } from "@herald/shared/net";
import { queueNames, type DeliveryEntry } from "@herald/shared/queues";
import { asStoppable, connectPatiently, createKeys, evictionFound, openRedis } from "@herald/shared/redis";
import { createSealer } from "@herald/shared/signing";
import {
  checkEncryption,
  createDeliveryStore,
  createEndpointStore,
  createSigningKeys,
  createSigningKeyStore,
} from "@herald/shared/store";
import { announcePresence, startWorker } from "@herald/shared/worker";
import { deliver, outcomeOf } from "./deliver.ts";
import { createWebhookSender } from "./http/index.ts";
import { observeDelivery } from "./observe-delivery.ts";
import { resealSigningKeys } from "./reseal-signing-keys.ts";

const exitCode = await runApp({
  name: "webhook-worker",
  env: process.env,
  settings: [
    "HEALTH_PORT",
    "WORKER_STUCK_AFTER",
    "ENCRYPTION_KEY",
    "WEBHOOK_SECRET",
    "WEBHOOK_RETRY_DELAYS",
    "WEBHOOK_TIMEOUT",
    "WEBHOOK_ALLOW_CIDRS",
    "WEBHOOK_ALLOW_HTTP",
    "WEBHOOK_CONCURRENCY",
  ],
  complain: (message) => process.stderr.write(`${message}\n`),

  async start(settings, logger) {
    const keys = createKeys(settings.HERALD_TAG);
    const workerId = randomUUID();
    const { redis, onError } = openRedis({ url: settings.REDIS_URL, connect: connectPatiently, logger });
    const eviction = evictionFound(redis, { allowed: settings.ALLOW_EVICTION });
    const now = () => new Date();
    const sealer = createSealer(settings.ENCRYPTION_KEY);
    const encryption = checkEncryption({ redis, keys, sealer });
    const firstSecret = settings.WEBHOOK_SECRET;
    const signingKeyStore = createSigningKeyStore({ redis, keys, sealer, firstSecret });
    await encryption.first;
    void resealSigningKeys({ store: signingKeyStore, logger, now });
    const registry = createRegistry({ process: "webhook-worker", version: HERALD_VERSION });
    createRedisConnectionMetrics(registry, redis);
    const metrics = createWebhookWorkerMetrics({ registry, slots: settings.WEBHOOK_CONCURRENCY });
    const sender = createWebhookSender({
      guard: createAddressGuard({ allowCidrs: settings.WEBHOOK_ALLOW_CIDRS }),
      allowHttp: settings.WEBHOOK_ALLOW_HTTP,
      timeoutMs: settings.WEBHOOK_TIMEOUT,
    });
    const deps = {
      deliveries: createDeliveryStore(redis, keys),
      endpoints: createEndpointStore(redis, keys),
      sender,
      signingKeys: createSigningKeys({ store: signingKeyStore, now }),
      userAgent: `Herald-Webhooks/${HERALD_VERSION}`,
      retryDelaysMs: settings.WEBHOOK_RETRY_DELAYS,
      now,
    };
    const health = await startHealthServer({
      host: settings.HOST,
      port: settings.HEALTH_PORT,
      checks: () => checkHealth({ redis: () => redis.ping() }),
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
      retryDelaysMs: settings.WEBHOOK_RETRY_DELAYS,
      graceMs: settings.SHUTDOWN_GRACE,
      stuckAfterMs: settings.WORKER_STUCK_AFTER,
      onError,
      onLoss: metrics.worker.onLoss,
      process: metrics.worker.occupying(async (attempt, signal) => {
        const report = await deliver(attempt, deps, signal);
        if (report !== null) {
          observeDelivery(report, logger, metrics);
        }
        return outcomeOf(report);
      }),
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
      stop: () => stopAll([asStoppable(redis), health, sender, worker, presence]),
    };
  },
});
process.exit(exitCode);
