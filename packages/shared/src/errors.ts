/** Every failure that Herald expects and names. The API maps each to a status; docs and clients match on them. */
export type ErrorCode =
  | "invalid_request"
  | "invalid_json"
  | "unsupported_media_type"
  | "body_too_large"
  | "unspeakable_text"
  | "text_too_long"
  | "voice_not_found"
  | "format_not_supported"
  | "invalid_cursor"
  | "invalid_webhook_url"
  | "blocked_address"
  | "idempotency_key_reused"
  | "rate_limited"
  | "quota_exceeded"
  | "queue_full"
  | "storage_full"
  | "missing_api_key"
  | "invalid_api_key"
  | "invalid_link"
  | "admin_only"
  | "read_only_key"
  | "last_admin_key"
  | "too_many_webhook_keys"
  | "sign_in_required"
  | "cross_site_request"
  | "too_many_sign_ins"
  | "entry_not_found"
  | "entry_not_retriable"
  | "entry_not_delayed"
  | "entry_not_removable"
  | "job_not_found"
  | "delivery_not_found"
  | "recovery_not_found"
  | "key_not_found"
  | "endpoint_not_found"
  | "too_many_endpoints"
  | "endpoint_disabled"
  | "webhook_loop"
  | "route_not_found"
  | "method_not_allowed"
  | "no_event"
  | "delivery_pending"
  | "delivery_parked"
  | "recovery_running"
  | "job_processing"
  | "job_finished"
  | "invalid_transition"
  | "audio_not_ready"
  | "audio_expired"
  | "range_not_satisfiable"
  | "engine_failed"
  | "engine_timeout"
  | "worker_lost"
  | "storage_unavailable"
  | "redis_unavailable"
  | "internal_error";

/** Private detail (`cause`) and, for a request fault, the field at fault (`param`). */
export interface AppErrorOptions extends ErrorOptions {
  readonly param?: string;
}

/** A failure we expect and name. `message` is safe to show a client; the private detail is the `cause`. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly param: string | null;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: AppErrorOptions,
  ) {
    super(message, options);
    this.param = options?.param ?? null;
  }
}

/** The message of anything thrown, for a log line. Never for a client: it may carry private detail. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
