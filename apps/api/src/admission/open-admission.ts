import type { SettingsReadBy } from "@herald/platform/settings/read-by";
import type { Limits } from "@herald/shared/jobs/limits";
import { createMemoryWatermark } from "./memory-watermark.ts";
import type { CreateJobDeps } from "@herald/jobs/admission/create-job";
import { createRefusalMemory } from "@herald/jobs/admission/refusal-memory";
import type { Redis } from "ioredis";

/** What submissions are held against, as the deployment is configured. */
export function openAdmission(
  settings: SettingsReadBy<"api">,
  redis: Redis,
): Pick<CreateJobDeps, "maxPendingJobs" | "weightOf" | "isMemoryFull" | "maxAudioBytes" | "refusals"> {
  const weights = new Map(settings.TENANT_WEIGHTS.map(({ tenant, weight }) => [tenant, weight]));
  return {
    maxPendingJobs: settings.MAX_PENDING_JOBS,
    maxAudioBytes: settings.STORAGE_MAX_BYTES,
    refusals: createRefusalMemory(),
    weightOf: (tenant) => weights.get(tenant) ?? 1,
    isMemoryFull: createMemoryWatermark({
      redis,
      percent: settings.REDIS_MEMORY_WATERMARK,
      now: () => performance.now(),
    }),
  };
}

export function defaultLimitsOf(settings: SettingsReadBy<"api">): Limits {
  const limits = {
    requestsPerMinute: settings.KEY_REQUESTS_PER_MINUTE,
    charsPerMinute: settings.KEY_CHARS_PER_MINUTE,
    pendingJobs: settings.TENANT_MAX_PENDING_JOBS,
    charsPerMonth: settings.TENANT_CHARS_PER_MONTH,
  };
  return Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined));
}
