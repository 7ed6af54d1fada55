import { HERALD_VERSION } from "@herald/platform/version";
import type { DeploymentState } from "@herald/jobs/deployment/read-deployment";
import { createApiMetrics } from "./api-metrics.ts";
import { countEndings } from "@herald/jobs/ending/ending-metrics";
import { createRedisConnectionMetrics } from "@herald/platform/metrics/redis-connection-metrics";
import { createRegistry } from "@herald/platform/metrics/registry";
import type { CreatedJob, JobSubmission } from "@herald/jobs/admission/create-job";
import { Refusal } from "@herald/jobs/admission/refusal";
import type { FinishJob } from "@herald/jobs/ending/finish-job";
import type { Redis } from "ioredis";
import type { RequestFacts } from "../http/observe-requests.ts";

export type CreateJob = (submission: JobSubmission) => Promise<CreatedJob>;

export interface CreateMetricsOptions {
  readonly redis: Redis;
  readonly read: () => Promise<DeploymentState>;
  readonly audioMaxBytes: number | undefined;
}

/** The metrics page of this process, and what is counted where it happens. */
export function createMetrics({ redis, read, audioMaxBytes }: CreateMetricsOptions) {
  const registry = createRegistry({ process: "api", version: HERALD_VERSION });
  createRedisConnectionMetrics(registry, redis);
  const { http, endings, onCreated, onRefused } = createApiMetrics({ registry, read, audioMaxBytes });
  return {
    page: { contentType: registry.contentType, text: () => registry.metrics() },
    onRequest: ({ route, method, status, durationMs }: RequestFacts): void => {
      http.requests.inc({ route, method, status });
      http.duration.observe({ route }, durationMs / 1000);
    },
    countEndings: (finishJob: FinishJob) => countEndings(finishJob, endings),
    countCreations(create: CreateJob): CreateJob {
      return async (submission) => {
        const created = await create(submission).catch((error: unknown) => {
          if (error instanceof Refusal) onRefused(error.code);
          throw error;
        });
        const { priority, textChars } = submission.request;
        if (!created.replayed) onCreated(priority, textChars);
        return created;
      };
    },
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
