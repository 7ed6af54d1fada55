import { HERALD_VERSION } from "@herald/shared/config";
import type { Stoppable } from "@herald/shared/lifecycle";
import type { Logger } from "@herald/shared/logging";
import { createHttpMetrics, createQueueMetrics, createRegistry, type Registry } from "@herald/shared/metrics";
import { createAddressGuard, parseWebhookUrl } from "@herald/shared/net";
import { createDeliveryQueue, createSynthesisQueue } from "@herald/shared/queues";
import { asStoppable, createKeys } from "@herald/shared/redis";
import { createAudioUrl, verifyAudioLink } from "@herald/shared/signing";
import { openStorage } from "@herald/shared/storage";
import {
  createApiKeyStore,
  createDeliveryStore,
  createFinishJob,
  createJob,
  createJobStore,
} from "@herald/shared/store";
import { openBoard } from "./board/open-board.ts";
import { connectRedis } from "./connect-redis.ts";
import type { AppDeps } from "./create-app.ts";
import type { RequestFacts } from "./http/observe-requests.ts";
import { createReadiness } from "./readiness.ts";
import type { ApiSettings } from "./settings.ts";

export interface OpenOptions {
  readonly settings: ApiSettings;
  readonly logger: Logger;
  readonly isAccepting: () => boolean;
}

export interface OpenDependencies {
  readonly deps: AppDeps;
  /** To be stopped when the app is, the last one first. */
  readonly parts: readonly Stoppable[];
}

/** Everything that the app reaches, put together. Waits for nothing: Redis may come later, or never. */
export function openDependencies({ settings, logger, isAccepting }: OpenOptions): OpenDependencies {
  const redis = connectRedis(settings.REDIS_URL, logger);
  const keys = createKeys(settings.HERALD_TAG);
  const { queuePrefix: prefix } = keys;
  const synthesis = createSynthesisQueue({ redis, prefix, attempts: settings.SYNTHESIS_ATTEMPTS });
  const deliveries = createDeliveryQueue({ redis, prefix, retryDelaysMs: settings.WEBHOOK_RETRY_DELAYS });
  const storage = openStorage(settings.STORAGE_URL);
  const linkKey = settings.AUDIO_LINK_SECRET;
  const links = { audioUrl: createAudioUrl({ publicUrl: settings.PUBLIC_URL, key: linkKey }) };
  const guard = createAddressGuard({ allowCidrs: settings.WEBHOOK_ALLOW_CIDRS });
  const now = () => new Date();

  const stores = {
    apiKeys: createApiKeyStore(redis, keys),
    jobs: createJobStore(redis, keys),
    deliveries: createDeliveryStore(redis, keys),
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

  const deps: AppDeps = {
    ...stores,
    board: board.router,
    createJob: (submission) =>
      createJob({ redis, keys, queue: synthesis, idempotencyTtlMs: settings.IDEMPOTENCY_TTL }, submission),
    finishJob: createFinishJob({
      redis,
      keys,
      deliveries,
      links,
      recordTtlMs: settings.RECORD_TTL,
      keepText: settings.KEEP_TEXT,
      onDeliveryDelayed: (error) => {
        logger.warn("delivery.delayed", { error });
      },
    }),
    dequeue: (jobId) => synthesis.remove(jobId),
    storage,
    links,
    verifyAudioLink: (jobId, token) => verifyAudioLink({ key: linkKey, jobId, token, now: now() }),
    parseWebhookUrl: (text) => parseWebhookUrl(text, { guard, allowHttp: settings.WEBHOOK_ALLOW_HTTP }),
    checks: createReadiness({ redis, keys, storage, isAccepting }),
    ...createMetrics(async () => ({
      [synthesis.name]: await synthesis.counts(),
      [deliveries.name]: await deliveries.counts(),
    })),
    logger,
    now,
    defaultVoice: settings.DEFAULT_VOICE,
    maxTextChars: settings.MAX_TEXT_CHARS,
    bodyLimitBytes: settings.MAX_BODY_BYTES,
  };
  return { deps, parts: [asStoppable(redis), synthesis, deliveries, board] };
}

type QueueCounter = Parameters<typeof createQueueMetrics>[0]["count"];

function createMetrics(count: QueueCounter) {
  const registry: Registry = createRegistry({ process: "api", version: HERALD_VERSION });
  const http = createHttpMetrics(registry);
  createQueueMetrics({ registry, count });
  return {
    metrics: { contentType: registry.contentType, text: () => registry.metrics() },
    onRequest({ route, method, status, durationMs }: RequestFacts) {
      http.requests.inc({ route, method, status });
      http.duration.observe({ route }, durationMs / 1000);
    },
  };
}
