/**
 * Why an entry may fail in words that Herald itself chose: error codes of jobs, error classes of webhooks, BullMQ's own
 * sentence. Anything else may quote what people wrote, and stays in the worker's log.
 */
const KNOWN_REASONS: ReadonlySet<string> = new Set([
  "engine_failed",
  "engine_timeout",
  "unspeakable_text",
  "storage_unavailable",
  "redis_unavailable",
  "worker_lost",
  "internal_error",
  "blocked_address",
  "invalid_url",
  "dns",
  "connect",
  "tls",
  "timeout",
  "reset",
  "invalid_response",
  "aborted",
  "other",
  "job stalled more than allowable limit",
]);

const STATUS = /^status [1-5][0-9]{2}$/;
const UNKNOWN = "an unexpected error: the worker's log has it under the job's id";

export function presentReason(reason: unknown): string {
  if (typeof reason !== "string" || reason === "") {
    return "";
  }
  return KNOWN_REASONS.has(reason) || STATUS.test(reason) ? reason : UNKNOWN;
}
