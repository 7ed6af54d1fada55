import type { AppSettings } from "@herald/shared/lifecycle";

/** What this process reads of the environment, beside what all of Herald's do. */
export const HOUSEKEEPER_SETTINGS = [
  "HEALTH_PORT",
  "WORKER_STUCK_AFTER",
  "STORAGE_URL",
  "STORAGE_MAX_BYTES",
  "STORAGE_EARLY_EXPIRY",
  "PUBLIC_URL",
  "AUDIO_LINK_SECRET",
  "RECORD_TTL",
  "DELIVERY_TTL",
  "DELIVERY_MAX_BYTES",
  "RECOVERY_RATE",
  "KEEP_TEXT",
  "SYNTHESIS_ATTEMPTS",
  "WEBHOOK_RETRY_DELAYS",
  "EXPIRY_INTERVAL",
  "RECONCILE_INTERVAL",
] as const;

export type HousekeeperSettings = AppSettings<(typeof HOUSEKEEPER_SETTINGS)[number]>;
