import type { ErrorCode } from "@herald/shared/errors";

/** `answer`: of the API. `board`: of the queue board alone. `job`: never an answer, only in a job's `error`. */
type Place = "answer" | "board" | "job";

export interface ErrorMeaning {
  readonly place: Place;
  /** When it is answered. */
  readonly when: string;
  readonly retry: string;
}

const NO = "no";
const LATER = "yes, after `Retry-After`";

export const ERROR_MEANINGS: Readonly<Record<ErrorCode, ErrorMeaning>> = {
  invalid_request: answer("a field, a header or the path is not as it must be; `param` names it", NO),
  invalid_json: answer("the body is not JSON in UTF-8", NO),
  unspeakable_text: answer("no letter and no digit is in `text`", NO),
  text_too_long: answer("`text` is longer than `MAX_TEXT_CHARS`, or than all that the key may submit", NO),
  voice_not_found: answer("no voice has this id; the message names near ones", NO),
  format_not_supported: answer("the voice cannot be had in this `format` yet", NO),
  invalid_cursor: answer("`cursor` or `after` is not a `next_cursor` of this list", NO),
  invalid_webhook_url: answer("the URL is malformed, not `https`, or names a port that is not called", NO),
  blocked_address: answer("the URL leads to an address that webhooks may not reach", NO),
  missing_api_key: answer("there is no `Authorization` header", NO),
  invalid_api_key: answer("the key is not known: mistyped, or deleted", NO),
  invalid_link: answer("the link's `token` is not genuine, or another job's", NO),
  webhook_loop: answer("the request is itself a webhook of Herald's", NO),
  admin_only: answer("the key is not an `admin`'s", NO),
  read_only_key: answer("the key is a `viewer`'s, and this would change something", NO),
  sign_in_required: board("the session has ended, or there was none", "after signing in"),
  cross_site_request: board("a page of another site sent it", NO),
  rate_limited: answer("the key's, or the endpoint tests', allowance for a minute is used up", LATER),
  quota_exceeded: answer(
    "too many jobs of the tenant wait, or its month's characters are used up",
    "as `x-should-retry` says",
  ),
  queue_full: answer("too many jobs of all tenants wait, or Redis is short of memory", LATER),
  storage_full: answer("the quota for stored audio is used up", LATER),
  too_many_sign_ins: board("there were too many tries to sign in", LATER),
  entry_not_found: board("the queue has no such entry now", NO),
  entry_not_retriable: board("this entry may not be tried again", NO),
  entry_not_delayed: board("the entry does not wait for a time", NO),
  entry_not_removable: board("the entry stands for work that is still owed", NO),
  job_not_found: answer("your tenant has no such job: it never had, or its record is deleted", NO),
  delivery_not_found: answer("your tenant has no such delivery", NO),
  recovery_not_found: answer("your tenant has no such recovery", NO),
  key_not_found: answer("there is no such key", NO),
  endpoint_not_found: answer("your tenant has no such endpoint", NO),
  route_not_found: answer("nothing is at this path", NO),
  method_not_allowed: answer("the path does not take this method; `Allow` lists those that it takes", NO),
  idempotency_key_reused: answer("the `Idempotency-Key` stands for a different request", NO),
  job_finished: answer("the job has ended and cannot be cancelled", NO),
  last_admin_key: answer("it is the last admin key: without it, nobody could make keys", NO),
  too_many_webhook_keys: answer("five signing keys are live; one must expire first", NO),
  too_many_endpoints: answer("the tenant has twenty endpoints", NO),
  endpoint_disabled: answer("a disabled endpoint is not tested", "once it is enabled"),
  no_event: answer("the job has not ended, or nobody was to be told", NO),
  delivery_pending: answer("it is on its way already", NO),
  delivery_parked: answer("its endpoint is disabled", "once it is enabled"),
  recovery_running: answer("the tenant has a recovery that has not ended", "once it has ended"),
  job_processing: answer("the job is being spoken", "with `?force=true`, or once it has ended"),
  invalid_transition: answer("the job changed at the same moment", "yes"),
  audio_not_ready: answer("the job has no audio: it has not ended, or failed", "once it is `completed`"),
  audio_expired: answer("the audio was deleted, or the link's time is over", NO),
  body_too_large: answer("the body is larger than `MAX_BODY_BYTES`", NO),
  unsupported_media_type: answer("the body is not `application/json`, or is compressed", NO),
  range_not_satisfiable: answer("`Range` begins past the end of the file", NO),
  engine_failed: job("the speech engine failed in every attempt", "submit it again, later"),
  engine_timeout: job("the speech engine took too long in every attempt", "submit it again, later"),
  worker_lost: job("workers were lost in every attempt", "submit it again, later"),
  internal_error: answer(
    "something is wrong in Herald: tell its operator the `x-request-id`",
    "yes, a few times",
  ),
  storage_unavailable: answer("the audio storage cannot be used right now", LATER),
  redis_unavailable: answer("Redis cannot be used right now", LATER),
};

function answer(when: string, retry: string): ErrorMeaning {
  return { place: "answer", when, retry };
}

function board(when: string, retry: string): ErrorMeaning {
  return { place: "board", when, retry };
}

function job(when: string, retry: string): ErrorMeaning {
  return { place: "job", when, retry };
}
