import { createDeploymentReader } from "@herald/jobs/deployment/read-deployment";
import { evictionFound } from "@herald/platform/redis/eviction-policy";
import { openStorage } from "@herald/shared/storage/open-storage";
import type { Stoppable } from "@herald/shared/stoppable";
import { createAddressGuard } from "@herald/webhooks/guard/address-guard";
import { parseWebhookUrl } from "@herald/webhooks/guard/webhook-url";
import { openAudio } from "./audio/open-audio.ts";
import { openBoard } from "./board/open-board.ts";
import type { AppDeps } from "./create-app.ts";
import { openDeliveries } from "./deliveries/open-deliveries.ts";
import { openEndpoints } from "./endpoints/open-endpoints.ts";
import { createReadiness } from "./health/readiness.ts";
import { openJobs } from "./jobs/open-jobs.ts";
import { createMetrics } from "./metrics/create-metrics.ts";
import { openBase, type Base, type OpenOptions } from "./open-base.ts";

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
  const base = await openBase(options);
  const { redis, keys, stores, now } = base;
  const metrics = createMetrics({
    redis,
    read: createDeploymentReader({ redis, keys, now }),
    audioMaxBytes: settings.STORAGE_MAX_BYTES,
  });
  const parseUrl = webhookUrlParser(base);
  const jobs = openJobs(base, metrics, parseUrl);
  const board = openBoardOf(base);
  const deps: AppDeps = {
    http: { ...stores, logger, onRequest: metrics.onRequest, now, bodyLimitBytes: settings.MAX_BODY_BYTES },
    jobs: jobs.deps,
    audio: openAudio(base, storage),
    deliveries: openDeliveries(base),
    endpoints: openEndpoints(base, parseUrl),
    webhookKeys: { ...stores, now },
    keys: { ...stores, maxPendingJobs: settings.MAX_PENDING_JOBS, now },
    health: { checks: createReadiness({ redis, keys, storage, isAccepting }), metrics: metrics.page },
    board: board.router,
  };
  const eviction = evictionFound(redis, { allowed: settings.ALLOW_EVICTION });
  return {
    deps,
    parts: [...base.parts, ...jobs.parts, board],
    failed: Promise.race([eviction, base.failed, jobs.failed]),
  };
}

/** Vets a webhook's URL as the deployment is configured. */
function webhookUrlParser({ settings }: Base): (text: string) => URL {
  const guard = createAddressGuard({ allowCidrs: settings.WEBHOOK_ALLOW_CIDRS });
  const rules = { guard, allowHttp: settings.WEBHOOK_ALLOW_HTTP, ports: settings.WEBHOOK_PORTS };
  return (text) => parseWebhookUrl(text, rules);
}

function openBoardOf({ settings, stores, redis, keys, logger, now }: Base) {
  const { PUBLIC_URL: publicUrl, AUDIO_LINK_SECRET: sessionKey } = settings;
  return openBoard({ ...stores, redis, keys, publicUrl, sessionKey, logger, now });
}
