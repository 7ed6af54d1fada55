import type { SettingsReadBy } from "@herald/platform/settings/read-by";
import { HERALD_VERSION } from "@herald/platform/version";
import type { Stoppable } from "@herald/shared/stoppable";
import type { Logger } from "@herald/platform/logging/logger";
import { createWebhookWorkerMetrics, type WebhookWorkerMetrics } from "./metrics/webhook-worker-metrics.ts";
import { createAddressGuard } from "@herald/webhooks/guard/address-guard";
import type { DeliveryEntry } from "@herald/queue/queues/entries";
import { createDeliveryQueue } from "@herald/queue/queues/queues";
import { startRedisClock } from "@herald/platform/redis/redis-clock";
import { createSealer } from "@herald/shared/signing/sealer";
import { createDeliveryStore } from "@herald/webhooks/deliveries/delivery-store";
import { createEndpointStore } from "@herald/webhooks/endpoints/endpoint-store";
import { createEndpointHealth } from "@herald/webhooks/health/endpoint-health";
import { createEndpointLimiter } from "@herald/webhooks/limiter/endpoint-limiter";
import { checkEncryption } from "@herald/webhooks/signing-keys/encryption-check";
import { createSigningKeyStore } from "@herald/webhooks/signing-keys/signing-key-store";
import { createSigningKeys } from "@herald/webhooks/signing-keys/signing-keys";
import type { Processor } from "@herald/queue/worker/start-worker";
import type { WorkerBase } from "@herald/queue/worker/worker-process";
import { deliver, outcomeOf, type DeliverDeps } from "./deliver.ts";
import { createWebhookSender, type WebhookSender } from "./http/send-webhook.ts";
import { observeDelivery } from "./observe-delivery.ts";
import { observePermits } from "./observe-permits.ts";
import { resealSecrets } from "./reseal-secrets.ts";
import { createSlotShares } from "./slot-shares.ts";
import { withPermit, type WithPermitDeps } from "./with-permit.ts";

/** For what comes after the sending, until an attempt has told its endpoint that it is over. */
const RECORDING_MS = 5_000;

export interface OpenDeliveries {
  readonly base: WorkerBase;
  readonly settings: SettingsReadBy<"webhook-worker">;
  readonly logger: Logger;
}

export interface OpenedDeliveries {
  readonly attempt: Processor<DeliveryEntry>;
  readonly metrics: WebhookWorkerMetrics;
  /** To be stopped once no attempt runs, the last one first. */
  readonly parts: readonly Stoppable[];
  /** Settles when secrets are met that ENCRYPTION_KEY does not open. */
  readonly failed: Promise<Error>;
}

/**
 * Everything that an attempt at a delivery needs, put together. Waits for no Redis for long; throws a ConfigurationError for
 * secrets in it that ENCRYPTION_KEY does not open.
 */
export async function openDeliveries({ base, settings, logger }: OpenDeliveries): Promise<OpenedDeliveries> {
  const { redis, keys, registry } = base;
  const now = () => new Date();
  const clock = startRedisClock({ redis });
  const sealer = createSealer(settings.ENCRYPTION_KEY);
  const encryption = checkEncryption({ redis, keys, sealer });
  const firstSecret = settings.WEBHOOK_SECRET;
  const signingKeyStore = createSigningKeyStore({ redis, keys, sealer, firstSecret });
  await encryption.first;
  const endpoints = createEndpointStore({ redis, keys, sealer });
  void resealSecrets({ signingKeys: signingKeyStore, endpoints, logger, now });
  const metrics = createWebhookWorkerMetrics({ registry, slots: settings.WEBHOOK_CONCURRENCY });
  const sender = openSender(settings);
  const queue = createDeliveryQueue({
    redis,
    prefix: keys.queuePrefix,
    retryDelaysMs: settings.WEBHOOK_RETRY_DELAYS,
  });
  const observed = observePermits(logger, metrics);
  const shares = createSlotShares({
    slots: settings.WEBHOOK_CONCURRENCY,
    timeoutMs: settings.WEBHOOK_TIMEOUT,
    ...observed,
  });
  const permits: WithPermitDeps = {
    limiter: createEndpointLimiter({
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
  const deps: DeliverDeps = {
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
      jitterPercent: settings.WEBHOOK_RETRY_JITTER ?? null,
      random: Math.random,
    },
    now,
  };
  return {
    attempt: ({ id, entry, number }, signal) =>
      shares.during(entry.tenant, () =>
        withPermit({ ...entry, deliveryId: id }, permits, async (permit) => {
          const report = await deliver({ number, permit }, deps, signal);
          if (report !== null) observeDelivery(report, logger, metrics);
          return outcomeOf(report);
        }),
      ),
    metrics,
    parts: [clock, queue, sender],
    failed: encryption.failed,
  };
}

function openSender(settings: SettingsReadBy<"webhook-worker">): WebhookSender {
  return createWebhookSender({
    guard: createAddressGuard({ allowCidrs: settings.WEBHOOK_ALLOW_CIDRS }),
    allowHttp: settings.WEBHOOK_ALLOW_HTTP,
    ports: settings.WEBHOOK_PORTS,
    timeoutMs: settings.WEBHOOK_TIMEOUT,
    ...(settings.WEBHOOK_PROXY_URL !== undefined && { proxyUrl: settings.WEBHOOK_PROXY_URL }),
  });
}
