import { HERALD_VERSION } from "@herald/shared/config";
import type { DeploymentState } from "@herald/shared/deployment";
import {
  countEndings,
  createApiMetrics,
  createRedisConnectionMetrics,
  createRegistry,
} from "@herald/shared/metrics";
import { Refusal, type CreatedJob, type FinishJob, type JobSubmission } from "@herald/shared/store";
import type { Redis } from "ioredis";
import type { RequestFacts } from "./http/observe-requests.ts";

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
