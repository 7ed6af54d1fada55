import { API, setting, type Environment } from "../values/setting.ts";
import * as value from "../values/value-schemas.ts";

/** What may be submitted, and by whom how much. */
export const LIMIT_SETTINGS = {
  MAX_TEXT_CHARS: setting({
    schema: value.integer(1, 5_000_000),
    byDefault: "200000",
    description: "Longest text of a job, in code points.",
    readBy: API,
  }),
  MAX_BODY_BYTES: setting({
    schema: value.byteSize("1KiB", "64MiB"),
    byDefault: bodySize,
    defaultText: "`2MiB`, or 8 bytes for each of `MAX_TEXT_CHARS` where that is more",
    description: "Largest request body.",
    readBy: API,
  }),
  MAX_PENDING_JOBS: setting({
    schema: value.integer(1, 100_000_000),
    byDefault: "100000",
    description: "Jobs of all tenants that may wait; past it, submissions are answered `503 queue_full`.",
    readBy: API,
  }),
  REDIS_MEMORY_WATERMARK: setting({
    schema: value.integer(1, 100),
    byDefault: "90",
    description:
      "Per cent of Redis's `maxmemory` past which submissions are answered `503 queue_full`. See docs/limits.md.",
    readBy: API,
  }),
  KEY_REQUESTS_PER_MINUTE: setting({
    schema: value.integer(1, 1_000_000_000),
    byDefault: undefined,
    description: "Jobs that an API key may submit in a minute, unless the key has a limit of its own.",
    readBy: API,
  }),
  KEY_CHARS_PER_MINUTE: setting({
    schema: value.integer(1, 1_000_000_000_000),
    byDefault: undefined,
    description: "Characters that an API key may submit in a minute, unless the key has a limit of its own.",
    readBy: API,
  }),
  TENANT_MAX_PENDING_JOBS: setting({
    schema: value.integer(1, 100_000_000),
    byDefault: undefined,
    description: "Jobs of one tenant that may wait, unless the key that submits has a limit of its own.",
    readBy: API,
  }),
  TENANT_CHARS_PER_MONTH: setting({
    schema: value.integer(1, 1_000_000_000_000),
    byDefault: undefined,
    description:
      "Characters that a tenant may submit in a calendar month of UTC, unless the key that submits has a limit of its own.",
    readBy: API,
  }),
  TENANT_WEIGHTS: setting({
    schema: value.emptyOr(value.listOf(value.tenantWeight)),
    byDefault: "",
    description:
      "Shares of tenants that wait at the same time, `acme=3,globex=0.5`; 1 for whoever is not named. See docs/limits.md.",
    readBy: API,
  }),
};

/** A code point takes up to 4 bytes of UTF-8, or 12 in JSON escapes; most texts are far from either. */
function bodySize(env: Environment): string {
  return `${Math.max(2 * 2 ** 20, 8 * Number(env["MAX_TEXT_CHARS"] ?? 0))}B`;
}
