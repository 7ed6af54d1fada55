import { createKeys, type Keys } from "@herald/platform/redis/keys";
import { asStoppable, connectFailingFast } from "@herald/platform/redis/connect";
import { openRedis } from "@herald/platform/redis/open-redis";
import { startRedisClock } from "@herald/platform/redis/redis-clock";
import type { Logger } from "@herald/platform/logging/logger";
import type { SettingsReadBy } from "@herald/platform/settings/read-by";
import { createDeliveryQueue, createSynthesisQueue } from "@herald/queue/queues/queues";
import { createJobStore } from "@herald/jobs/record/job-store";
import { createAudioUrl } from "@herald/shared/signing/audio-url";
import { createSealer } from "@herald/shared/signing/sealer";
import type { Stoppable } from "@herald/shared/stoppable";
import { createDeliveryStore } from "@herald/webhooks/deliveries/delivery-store";
import { createEndpointStore } from "@herald/webhooks/endpoints/endpoint-store";
import { checkEncryption } from "@herald/webhooks/signing-keys/encryption-check";
import { createSigningKeyStore } from "@herald/webhooks/signing-keys/signing-key-store";
import type { Redis } from "ioredis";
import { createApiKeyStore } from "./api-keys/api-key-store.ts";

export interface OpenOptions {
  readonly settings: SettingsReadBy<"api">;
  readonly logger: Logger;
  readonly isAccepting: () => boolean;
}

export type Base = Awaited<ReturnType<typeof openBase>>;

/**
 * What the resources stand on. Waits for no Redis, which may come later, or never. Throws a ConfigurationError for secrets in
 * Redis that ENCRYPTION_KEY does not open.
 */
export async function openBase({ settings, logger }: OpenOptions) {
  const { redis } = openRedis({ url: settings.REDIS_URL, connect: connectFailingFast, logger });
  const keys = createKeys(settings.HERALD_TAG);
  const sealer = createSealer(settings.ENCRYPTION_KEY);
  const encryption = checkEncryption({ redis, keys, sealer });
  await encryption.first.catch((error: unknown) => {
    redis.disconnect();
    throw error;
  });
  const clock = startRedisClock({ redis });
  const queues = openQueues(settings, redis, keys);
  const parts: readonly Stoppable[] = [asStoppable(redis), clock, queues.synthesis, queues.deliveries];
  return {
    settings,
    logger,
    redis,
    keys,
    queues,
    stores: {
      apiKeys: createApiKeyStore(redis, keys),
      jobs: createJobStore(redis, keys),
      deliveries: createDeliveryStore(redis, keys),
      signingKeys: createSigningKeyStore({ redis, keys, sealer, firstSecret: settings.WEBHOOK_SECRET }),
      endpoints: createEndpointStore({ redis, keys, sealer }),
    },
    links: { audioUrl: createAudioUrl({ publicUrl: settings.PUBLIC_URL, key: settings.AUDIO_LINK_SECRET }) },
    now: () => new Date(clock.now()),
    onDeliveryDelayed: (error: unknown): void => {
      logger.warn("delivery.delayed", { error });
    },
    /** To be stopped when the app is, the last one first. */
    parts,
    /** Settles when secrets are met that ENCRYPTION_KEY does not open. */
    failed: encryption.failed,
  };
}

function openQueues(settings: OpenOptions["settings"], redis: Redis, { queuePrefix: prefix }: Keys) {
  return {
    synthesis: createSynthesisQueue({ redis, prefix, attempts: settings.SYNTHESIS_ATTEMPTS }),
    deliveries: createDeliveryQueue({ redis, prefix, retryDelaysMs: settings.WEBHOOK_RETRY_DELAYS }),
  };
}
