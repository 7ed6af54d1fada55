type ErrorType =
  "invalid_request_error" | "authentication_error" | "permission_error" | "rate_limit_error" | "api_error";

/** How a failure is answered: the status, the type of OpenAI's envelope, and what goes with every such answer. */
interface Answer {
  readonly status: number;
  readonly type: ErrorType;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ErrorKind extends Answer {
  /** `answer`: of the API. `board`: of the queue board alone. `job`: never an answer, only in a job's `error`. */
  readonly place: "answer" | "board" | "job";
  /** When it is answered. */
  readonly when: string;
  /** Whether it helps to try the same again. */
  readonly retry: string;
}

const BAD_REQUEST: Answer = { status: 400, type: "invalid_request_error" };
const NOT_FOUND: Answer = { status: 404, type: "invalid_request_error" };
const CONFLICT: Answer = { status: 409, type: "invalid_request_error" };
const FORBIDDEN: Answer = { status: 403, type: "permission_error" };
const NOT_SIGNED_IN: Answer = { status: 401, type: "authentication_error" };
const TOO_MANY: Answer = { status: 429, type: "rate_limit_error" };
const FULL: Answer = { status: 503, type: "api_error" };
const FAILED: Answer = { status: 500, type: "api_error" };

/** Connections come back within a second of Redis doing so. */
const UNAVAILABLE: Answer = { ...FULL, headers: { "retry-after": "2" } };

const UNAUTHENTICATED: Answer = {
  ...NOT_SIGNED_IN,
  headers: { "www-authenticate": 'Bearer realm="herald"' },
};

/** OpenAI's clients retry every 409 unless told that it will not help. */
const HOPELESS: Answer = { ...CONFLICT, headers: { "x-should-retry": "false" } };

const NO = "no";
const LATER = "yes, after `Retry-After`";

/** Every failure that Herald expects and names: clients match on the codes, the API answers by them, docs/api.md lists them. */
export const errorKinds = {
  invalid_request: answer(
    BAD_REQUEST,
    "a field, a header or the path is not as it must be; `param` names it",
    NO,
  ),
  invalid_json: answer(BAD_REQUEST, "the body is not JSON in UTF-8", NO),
  unspeakable_text: answer(BAD_REQUEST, "no letter and no digit is in `text`", NO),
  text_too_long: answer(
    BAD_REQUEST,
    "`text` is longer than `MAX_TEXT_CHARS`, or than all that the key may submit",
    NO,
  ),
  voice_not_found: answer(BAD_REQUEST, "no voice has this id; the message names near ones", NO),
  format_not_supported: answer(BAD_REQUEST, "the voice cannot be had in this `format` yet", NO),
  invalid_cursor: answer(BAD_REQUEST, "`cursor` or `after` is not a `next_cursor` of this list", NO),
  invalid_webhook_url: answer(
    BAD_REQUEST,
    "the URL is malformed, not `https`, or names a port that is not called",
    NO,
  ),
  blocked_address: answer(BAD_REQUEST, "the URL leads to an address that webhooks may not reach", NO),
  missing_api_key: answer(UNAUTHENTICATED, "there is no `Authorization` header", NO),
  invalid_api_key: answer(UNAUTHENTICATED, "the key is not known: mistyped, or deleted", NO),
  invalid_link: answer(FORBIDDEN, "the link's `token` is not genuine, or another job's", NO),
  webhook_loop: answer(FORBIDDEN, "the request is itself a webhook of Herald's", NO),
  admin_only: answer(FORBIDDEN, "the key is not an `admin`'s", NO),
  read_only_key: answer(FORBIDDEN, "the key is a `viewer`'s, and this would change something", NO),
  sign_in_required: onBoard(NOT_SIGNED_IN, "the session has ended, or there was none", "after signing in"),
  cross_site_request: onBoard(FORBIDDEN, "a page of another site sent it", NO),
  rate_limited: answer(
    TOO_MANY,
    "the key's, or the endpoint tests', allowance for a minute is used up",
    LATER,
  ),
  quota_exceeded: answer(
    TOO_MANY,
    "too many jobs of the tenant wait, or its month's characters are used up",
    "as `x-should-retry` says",
  ),
  queue_full: answer(FULL, "too many jobs of all tenants wait, or Redis is short of memory", LATER),
  storage_full: answer(FULL, "the quota for stored audio is used up", LATER),
  too_many_sign_ins: onBoard(TOO_MANY, "there were too many tries to sign in", LATER),
  entry_not_found: onBoard(NOT_FOUND, "the queue has no such entry now", NO),
  entry_not_retriable: onBoard(HOPELESS, "this entry may not be tried again", NO),
  entry_not_delayed: onBoard(HOPELESS, "the entry does not wait for a time", NO),
  entry_not_removable: onBoard(HOPELESS, "the entry stands for work that is still owed", NO),
  job_not_found: answer(NOT_FOUND, "your tenant has no such job: it never had, or its record is deleted", NO),
  delivery_not_found: answer(NOT_FOUND, "your tenant has no such delivery", NO),
  recovery_not_found: answer(NOT_FOUND, "your tenant has no such recovery", NO),
  key_not_found: answer(NOT_FOUND, "there is no such key", NO),
  endpoint_not_found: answer(NOT_FOUND, "your tenant has no such endpoint", NO),
  route_not_found: answer(NOT_FOUND, "nothing is at this path", NO),
  method_not_allowed: answer(
    { ...BAD_REQUEST, status: 405 },
    "the path does not take this method; `Allow` lists those that it takes",
    NO,
  ),
  idempotency_key_reused: answer(HOPELESS, "the `Idempotency-Key` stands for a different request", NO),
  job_finished: answer(HOPELESS, "the job has ended and cannot be cancelled", NO),
  last_admin_key: answer(HOPELESS, "it is the last admin key: without it, nobody could make keys", NO),
  too_many_webhook_keys: answer(HOPELESS, "five signing keys are live; one must expire first", NO),
  too_many_endpoints: answer(HOPELESS, "the tenant has twenty endpoints", NO),
  endpoint_disabled: answer(HOPELESS, "a disabled endpoint is not tested", "once it is enabled"),
  no_event: answer(HOPELESS, "the job has not ended, or nobody was to be told", NO),
  delivery_pending: answer(HOPELESS, "it is on its way already", NO),
  delivery_parked: answer(HOPELESS, "its endpoint is disabled", "once it is enabled"),
  recovery_running: answer(CONFLICT, "the tenant has a recovery that has not ended", "once it has ended"),
  job_processing: answer(CONFLICT, "the job is being spoken", "with `?force=true`, or once it has ended"),
  invalid_transition: answer(CONFLICT, "the job changed at the same moment", "yes"),
  audio_not_ready: answer(
    CONFLICT,
    "the job has no audio: it has not ended, or failed",
    "once it is `completed`",
  ),
  audio_expired: answer(
    { ...BAD_REQUEST, status: 410 },
    "the audio was deleted, or the link's time is over",
    NO,
  ),
  body_too_large: answer({ ...BAD_REQUEST, status: 413 }, "the body is larger than `MAX_BODY_BYTES`", NO),
  unsupported_media_type: answer(
    { ...BAD_REQUEST, status: 415 },
    "the body is not `application/json`, or is compressed",
    NO,
  ),
  range_not_satisfiable: answer(
    { ...BAD_REQUEST, status: 416 },
    "`Range` begins past the end of the file",
    NO,
  ),
  engine_failed: inJob(FAILED, "the speech engine failed in every attempt", "submit it again, later"),
  engine_timeout: inJob(FAILED, "the speech engine took too long in every attempt", "submit it again, later"),
  worker_lost: inJob(FAILED, "workers were lost in every attempt", "submit it again, later"),
  internal_error: answer(
    FAILED,
    "something is wrong in Herald: tell its operator the `x-request-id`",
    "yes, a few times",
  ),
  storage_unavailable: answer(UNAVAILABLE, "the audio storage cannot be used right now", LATER),
  redis_unavailable: answer(UNAVAILABLE, "Redis cannot be used right now", LATER),
} satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorKinds;

function answer(how: Answer, when: string, retry: string): ErrorKind {
  return { ...how, place: "answer", when, retry };
}

function onBoard(how: Answer, when: string, retry: string): ErrorKind {
  return { ...how, place: "board", when, retry };
}

function inJob(how: Answer, when: string, retry: string): ErrorKind {
  return { ...how, place: "job", when, retry };
}
