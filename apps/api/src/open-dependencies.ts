import type { SettingsReadBy } from "@herald/platform/settings/read-by";
import { ConfigurationError } from "@herald/shared/configuration-error";
import { createDeploymentReader } from "@herald/jobs/deployment/read-deployment";
import type { Stoppable } from "@herald/shared/stoppable";
import type { Logger } from "@herald/platform/logging/logger";
import { createAddressGuard } from "@herald/webhooks/guard/address-guard";
import { parseWebhookUrl } from "@herald/webhooks/guard/webhook-url";
import { createDeliveryQueue, createSynthesisQueue } from "@herald/queue/queues/queues";
import { asStoppable, connectFailingFast } from "@herald/platform/redis/connect";
import { evictionFound } from "@herald/platform/redis/eviction-policy";
import { createKeys } from "@herald/platform/redis/keys";
import { openRedis } from "@herald/platform/redis/open-redis";
import { startRedisClock } from "@herald/platform/redis/redis-clock";
import { verifyAudioLink } from "@herald/shared/signing/audio-link";
import { createAudioUrl } from "@herald/shared/signing/audio-url";
import { createSealer } from "@herald/shared/signing/sealer";
import type { AudioStorage } from "@herald/shared/storage/audio-storage";
import { openStorage } from "@herald/shared/storage/open-storage";
import { createApiKeyStore } from "./api-keys/api-key-store.ts";
import { createJob } from "@herald/jobs/admission/create-job";
import { createFinishJob } from "@herald/jobs/ending/finish-job";
import { createSendExamples } from "@herald/jobs/ending/send-examples";
import { announceCancellation } from "@herald/jobs/record/cancellations";
import { createJobStore } from "@herald/jobs/record/job-store";
import { createDeliveryStore } from "@herald/webhooks/deliveries/delivery-store";
import { redeliver } from "@herald/webhooks/deliveries/redeliver";
import { createEndpointStore } from "@herald/webhooks/endpoints/endpoint-store";
import { createRecoveryStore } from "@herald/webhooks/recovery/recovery-store";
import { checkEncryption } from "@herald/webhooks/signing-keys/encryption-check";
import { createSigningKeyStore } from "@herald/webhooks/signing-keys/signing-key-store";
import { openBoard } from "./board/open-board.ts";
import type { AppDeps } from "./create-app.ts";
import { createMetrics } from "./metrics/create-metrics.ts";
import { createLimitTests } from "./endpoints/limit-tests.ts";
import { defaultLimitsOf, openAdmission } from "./admission/open-admission.ts";
import { openDurability } from "./admission/open-durability.ts";
import { createReadiness } from "./health/readiness.ts";

export interface OpenOptions {
  readonly settings: SettingsReadBy<"api">;
  readonly logger: Logger;
  readonly isAccepting: () => boolean;
}

export interface OpenDependencies {
  readonly deps: AppDeps;
  /** To be stopped when the app is, the last one first. */
  readonly parts: readonly Stoppable[];
  /** Settles when Herald must not go on with what it reaches. */
  readonly failed: Promise<Error>;
}

/**
 * Everything that the app reaches, put together. Waits for no Redis, which may come later, or never. Throws a
 * ConfigurationError for storage that cannot be used as it is configured, and for secrets in Redis that ENCRYPTION_KEY does
 * not open.
 */
export async function openDependencies(options: OpenOptions): Promise<OpenDependencies> {
  const { settings, logger, isAccepting } = options;
  const storage = await openStorage(settings.STORAGE_URL, logger);
  const presign = settings.S3_DOWNLOADS === "redirect" ? presignOf(storage) : undefined;
  const { redis } = openRedis({ url: settings.REDIS_URL, connect: connectFailingFast, logger });
  const keys = createKeys(settings.HERALD_TAG);
  const sealer = createSealer(settings.ENCRYPTION_KEY);
  const encryption = checkEncryption({ redis, keys, sealer });
  await encryption.first.catch((error: unknown) => {
    redis.disconnect();
    throw error;
  });
  const { queuePrefix: prefix } = keys;
  const synthesis = createSynthesisQueue({ redis, prefix, attempts: settings.SYNTHESIS_ATTEMPTS });
  const deliveries = createDeliveryQueue({ redis, prefix, retryDelaysMs: settings.WEBHOOK_RETRY_DELAYS });
  const linkKey = settings.AUDIO_LINK_SECRET;
  const links = { audioUrl: createAudioUrl({ publicUrl: settings.PUBLIC_URL, key: linkKey }) };
  const guard = createAddressGuard({ allowCidrs: settings.WEBHOOK_ALLOW_CIDRS });
  const clock = startRedisClock({ redis });
  const now = () => new Date(clock.now());
  const metrics = createMetrics({
    redis,
    read: createDeploymentReader({ redis, keys, now }),
    audioMaxBytes: settings.STORAGE_MAX_BYTES,
  });

  const admission = openAdmission(settings, redis);
  const durability = openDurability({ redis, keys, wanted: settings.DURABLE_ACCEPT });

  const stores = {
    apiKeys: createApiKeyStore(redis, keys),
    jobs: createJobStore(redis, keys),
    deliveries: createDeliveryStore(redis, keys),
    signingKeys: createSigningKeyStore({ redis, keys, sealer, firstSecret: settings.WEBHOOK_SECRET }),
    recoveries: createRecoveryStore(redis, keys),
    endpoints: createEndpointStore({ redis, keys, sealer }),
  };
  const board = openBoard({
    ...stores,
    redis,
    keys,
    publicUrl: settings.PUBLIC_URL,
    sessionKey: linkKey,
    logger,
    now,
  });

  const onDeliveryDelayed = (error: unknown): void => {
    logger.warn("delivery.delayed", { error });
  };
  const deps: AppDeps = {
    ...stores,
    board: board.router,
    createJob: durability.durably(
      metrics.countCreations((submission) =>
        createJob(
          { redis, keys, queue: synthesis, idempotencyTtlMs: settings.IDEMPOTENCY_TTL, ...admission },
          submission,
        ),
      ),
    ),
    defaultLimits: defaultLimitsOf(settings),
    maxPendingJobs: settings.MAX_PENDING_JOBS,
    finishJob: metrics.countEndings(
      createFinishJob({
        redis,
        keys,
        deliveries,
        links,
        recordTtlMs: settings.RECORD_TTL,
        keepText: settings.KEEP_TEXT,
        onDeliveryDelayed,
      }),
    ),
    limitTests: createLimitTests(redis, keys),
    sendExamples: createSendExamples({ redis, keys, deliveries, links, now, onDeliveryDelayed }),
    redeliver: (delivery) => redeliver(delivery, { ...stores, queue: deliveries, now }),
    announceCancellation: (ref) => announceCancellation(redis, keys, ref),
    dequeue: (jobId) => synthesis.remove(jobId),
    storage,
    presign,
    links,
    verifyAudioLink: (jobId, token) => verifyAudioLink({ key: linkKey, jobId, token, now: now() }),
    parseWebhookUrl: (text) =>
      parseWebhookUrl(text, { guard, allowHttp: settings.WEBHOOK_ALLOW_HTTP, ports: settings.WEBHOOK_PORTS }),
    checks: createReadiness({ redis, keys, storage, isAccepting }),
    metrics: metrics.page,
    onRequest: metrics.onRequest,
    logger,
    now,
    endpointRetries: {
      maxRetries: settings.WEBHOOK_MAX_RETRIES,
      maxRetryDelayMs: settings.WEBHOOK_MAX_RETRY_DELAY,
    },
    defaultVoice: settings.DEFAULT_VOICE,
    maxTextChars: settings.MAX_TEXT_CHARS,
    bodyLimitBytes: settings.MAX_BODY_BYTES,
  };
  const eviction = evictionFound(redis, { allowed: settings.ALLOW_EVICTION });
  const parts = [asStoppable(redis), clock, ...durability.parts, synthesis, deliveries, board];
  return { deps, parts, failed: Promise.race([eviction, encryption.failed, durability.failed]) };
}

function presignOf({ presign }: AudioStorage): AudioStorage["presign"] {
  if (presign === undefined) {
    const fault =
      "S3_DOWNLOADS: redirect needs STORAGE_URL to be an s3:// URL; with files, leave it at proxy";
    throw new ConfigurationError([fault]);
  }
  return presign;
}
