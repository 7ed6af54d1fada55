import type { AppSettings } from "@herald/shared/lifecycle";

/** What this process reads of the environment, beside what all of Herald's do. */
export const API_SETTINGS = [
  "PORT",
  "PUBLIC_URL",
  "STORAGE_URL",
  "S3_DOWNLOADS",
  "BOOTSTRAP_API_KEY",
  "AUDIO_LINK_SECRET",
  "ENCRYPTION_KEY",
  "WEBHOOK_SECRET",
  "WEBHOOK_RETRY_DELAYS",
  "WEBHOOK_MAX_RETRIES",
  "WEBHOOK_MAX_RETRY_DELAY",
  "WEBHOOK_ALLOW_CIDRS",
  "WEBHOOK_ALLOW_HTTP",
  "WEBHOOK_PORTS",
  "RECORD_TTL",
  "IDEMPOTENCY_TTL",
  "DURABLE_ACCEPT",
  "KEEP_TEXT",
  "MAX_TEXT_CHARS",
  "MAX_BODY_BYTES",
  "MAX_PENDING_JOBS",
  "REDIS_MEMORY_WATERMARK",
  "KEY_REQUESTS_PER_MINUTE",
  "KEY_CHARS_PER_MINUTE",
  "TENANT_MAX_PENDING_JOBS",
  "TENANT_CHARS_PER_MONTH",
  "TENANT_WEIGHTS",
  "DEFAULT_VOICE",
  "SYNTHESIS_ATTEMPTS",
  "SHUTDOWN_DELAY",
] as const;

export type ApiSettings = AppSettings<(typeof API_SETTINGS)[number]>;
