import type { AppSettings } from "@herald/shared/lifecycle";

/** What this process reads of the environment, beside what all of Herald's do. */
export const WEBHOOK_WORKER_SETTINGS = [
  "HEALTH_PORT",
  "WORKER_STUCK_AFTER",
  "WORKER_MAX_JOBS",
  "WORKER_MEMORY_LIMIT",
  "ENCRYPTION_KEY",
  "WEBHOOK_SECRET",
  "WEBHOOK_RETRY_DELAYS",
  "WEBHOOK_RETRY_JITTER",
  "WEBHOOK_TIMEOUT",
  "WEBHOOK_ALLOW_CIDRS",
  "WEBHOOK_ALLOW_HTTP",
  "WEBHOOK_PORTS",
  "WEBHOOK_PROXY_URL",
  "WEBHOOK_DISABLE_AFTER",
  "WEBHOOK_CONCURRENCY",
  "WEBHOOK_ENDPOINT_CONCURRENCY",
  "WEBHOOK_ENDPOINT_RATE",
] as const;

export type WebhookWorkerSettings = AppSettings<(typeof WEBHOOK_WORKER_SETTINGS)[number]>;
