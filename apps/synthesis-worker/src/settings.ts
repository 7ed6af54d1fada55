import type { AppSettings } from "@herald/shared/lifecycle";

/** What this process reads of the environment, beside what all of Herald's do. */
export const SYNTHESIS_SETTINGS = [
  "HEALTH_PORT",
  "WORKER_STUCK_AFTER",
  "WORKER_MAX_JOBS",
  "WORKER_MEMORY_LIMIT",
  "STORAGE_URL",
  "PUBLIC_URL",
  "AUDIO_LINK_SECRET",
  "AUDIO_TTL",
  "RECORD_TTL",
  "KEEP_TEXT",
  "SYNTHESIS_CONCURRENCY",
  "SEGMENT_TIMEOUT",
  "JOB_TIMEOUT",
  "ENGINE_MEMORY_LIMIT",
  "SCRATCH_DIR",
  "WEBHOOK_RETRY_DELAYS",
] as const;

export type SynthesisSettings = AppSettings<(typeof SYNTHESIS_SETTINGS)[number]>;
