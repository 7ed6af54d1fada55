import type { AppError, ErrorCode } from "@herald/shared/errors";

type ErrorType =
  "invalid_request_error" | "authentication_error" | "permission_error" | "rate_limit_error" | "api_error";

export interface ErrorAnswer {
  readonly status: number;
  readonly type: ErrorType;
  readonly headers?: Readonly<Record<string, string>>;
}

const badRequest = { status: 400, type: "invalid_request_error" } as const;
const notFound = { status: 404, type: "invalid_request_error" } as const;
const conflict = { status: 409, type: "invalid_request_error" } as const;
const failed = { status: 500, type: "api_error" } as const;

/** Connections come back within a second of Redis doing so. */
const unavailable = { status: 503, type: "api_error", headers: { "retry-after": "2" } } as const;

const unauthenticated = {
  status: 401,
  type: "authentication_error",
  headers: { "www-authenticate": 'Bearer realm="herald"' },
} as const;

/** OpenAI's clients retry every 409 unless told that it will not help. */
const hopeless = { ...conflict, headers: { "x-should-retry": "false" } } as const;

export const ERROR_ANSWERS: Readonly<Record<ErrorCode, ErrorAnswer>> = {
  invalid_request: badRequest,
  invalid_json: badRequest,
  unspeakable_text: badRequest,
  text_too_long: badRequest,
  voice_not_found: badRequest,
  format_not_supported: badRequest,
  invalid_cursor: badRequest,
  invalid_webhook_url: badRequest,
  blocked_address: badRequest,
  missing_api_key: unauthenticated,
  invalid_api_key: unauthenticated,
  invalid_link: { status: 403, type: "permission_error" },
  webhook_loop: { status: 403, type: "permission_error" },
  admin_only: { status: 403, type: "permission_error" },
  read_only_key: { status: 403, type: "permission_error" },
  sign_in_required: { status: 401, type: "authentication_error" },
  cross_site_request: { status: 403, type: "permission_error" },
  rate_limited: { status: 429, type: "rate_limit_error" },
  quota_exceeded: { status: 429, type: "rate_limit_error" },
  queue_full: { status: 503, type: "api_error" },
  storage_full: { status: 503, type: "api_error" },
  too_many_sign_ins: { status: 429, type: "rate_limit_error" },
  entry_not_found: notFound,
  entry_not_retriable: hopeless,
  entry_not_delayed: hopeless,
  entry_not_removable: hopeless,
  job_not_found: notFound,
  delivery_not_found: notFound,
  recovery_not_found: notFound,
  key_not_found: notFound,
  endpoint_not_found: notFound,
  route_not_found: notFound,
  method_not_allowed: { status: 405, type: "invalid_request_error" },
  idempotency_key_reused: hopeless,
  job_finished: hopeless,
  last_admin_key: hopeless,
  too_many_webhook_keys: hopeless,
  too_many_endpoints: hopeless,
  endpoint_disabled: hopeless,
  no_event: hopeless,
  delivery_pending: hopeless,
  delivery_parked: hopeless,
  recovery_running: conflict,
  job_processing: conflict,
  invalid_transition: conflict,
  audio_not_ready: conflict,
  audio_expired: { status: 410, type: "invalid_request_error" },
  body_too_large: { status: 413, type: "invalid_request_error" },
  unsupported_media_type: { status: 415, type: "invalid_request_error" },
  range_not_satisfiable: { status: 416, type: "invalid_request_error" },
  engine_failed: failed,
  engine_timeout: failed,
  worker_lost: failed,
  internal_error: failed,
  storage_unavailable: unavailable,
  redis_unavailable: unavailable,
};

/** OpenAI's envelope: all four keys, always. */
export function errorEnvelope({ code, message, param }: AppError) {
  return { error: { message, type: ERROR_ANSWERS[code].type, param, code } };
}
