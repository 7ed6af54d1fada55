import { createJob } from "@herald/jobs/admission/create-job";
import { createFinishJob } from "@herald/jobs/ending/finish-job";
import { announceCancellation } from "@herald/jobs/record/cancellations";
import type { Stoppable } from "@herald/shared/stoppable";
import { defaultLimitsOf, openAdmission } from "../admission/open-admission.ts";
import { openDurability } from "../admission/open-durability.ts";
import type { Metrics } from "../metrics/create-metrics.ts";
import type { Base } from "../open-base.ts";
import type { JobRoutesDeps } from "./job-routes.ts";

export interface OpenedJobs {
  readonly deps: JobRoutesDeps;
  readonly parts: readonly Stoppable[];
  /** Settles when Redis turns out not to keep what DURABLE_ACCEPT promises. */
  readonly failed: Promise<Error>;
}

export function openJobs(base: Base, metrics: Metrics, parseWebhookUrl: (text: string) => URL): OpenedJobs {
  const { settings, redis, keys, queues, stores, links, now, onDeliveryDelayed } = base;
  const admission = openAdmission(settings, redis);
  const durability = openDurability({ redis, keys, wanted: settings.DURABLE_ACCEPT });
  const creation = {
    redis,
    keys,
    queue: queues.synthesis,
    idempotencyTtlMs: settings.IDEMPOTENCY_TTL,
    ...admission,
  };
  const finishJob = createFinishJob({
    redis,
    keys,
    deliveries: queues.deliveries,
    links,
    recordTtlMs: settings.RECORD_TTL,
    keepText: settings.KEEP_TEXT,
    onDeliveryDelayed,
  });
  const deps: JobRoutesDeps = {
    ...stores,
    createJob: durability.durably(metrics.countCreations((submission) => createJob(creation, submission))),
    finishJob: metrics.countEndings(finishJob),
    announceCancellation: (ref) => announceCancellation(redis, keys, ref),
    dequeue: (jobId) => queues.synthesis.remove(jobId),
    parseWebhookUrl,
    links,
    now,
    defaultLimits: defaultLimitsOf(settings),
    defaultVoice: settings.DEFAULT_VOICE,
    maxTextChars: settings.MAX_TEXT_CHARS,
  };
  return { deps, parts: durability.parts, failed: durability.failed };
}
