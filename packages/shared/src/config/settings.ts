import { availableParallelism, tmpdir } from "node:os";
import { MOST_RETRIES } from "../job/job.ts";
import { isApiKey, parseWebhookSecret } from "../signing/index.ts";
import * as value from "./value-schemas.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

const PROCESSES = ["api", "synthesis-worker", "webhook-worker", "housekeeper"] as const;
type Reader = (typeof PROCESSES)[number] | "npm start";

export interface Setting<T> {
  readonly schema: value.ValueSchema<T>;
  /**
   * As it would be written in the environment; a function where it follows from other settings. Null: has to be set.
   * Undefined: may be left out.
   */
  readonly byDefault: string | ((env: Environment) => string) | null | undefined;
  /** For the documentation, when the default depends on something. */
  readonly defaultText?: string;
  /** One sentence. */
  readonly description: string;
  readonly readBy: readonly Reader[];
  /** May also be given as the file `<NAME>_FILE`; never shown. */
  readonly secret?: true;
  /** A shell command that prints a new one. */
  readonly madeBy?: string;
}

/** Keeps the types of a setting's value and of its default, which together say whether it can be undefined. */
function setting<T, D extends Setting<T>["byDefault"]>(
  definition: Setting<T> & { readonly byDefault: D },
): Setting<T> & { readonly byDefault: D } {
  return definition;
}

const API = ["api"] as const;
const SYNTHESIS = ["synthesis-worker"] as const;
const WEBHOOKS = ["webhook-worker"] as const;
const HOUSEKEEPER = ["housekeeper"] as const;
const WORKERS = [...SYNTHESIS, ...WEBHOOKS, ...HOUSEKEEPER] as const;
const START = ["npm start"] as const;
/** Processes that may end a job, and so write the webhook that tells of it. */
const ENDING_JOBS = [...API, ...SYNTHESIS, ...HOUSEKEEPER] as const;

const DEFAULT_RETRY_DELAYS = "2s,4s,8s";
/** Over three days, as Standard Webhooks suggests, with one try more for a receiver that is being deployed. */
const STANDARD_RETRY_DELAYS = "5s,30s,5m,30m,2h,5h,10h,14h,20h,24h";

/** Every setting of every process. docs/configuration.md is written from it by `npm run docs`. */
export const settings = {
  HOST: setting({
    schema: value.matching(/^[\w.:-]{1,253}$/, "an IP address or a host name"),
    byDefault: "127.0.0.1",
    description: "Address to listen on. `0.0.0.0` opens Herald to the network.",
    readBy: [...PROCESSES, ...START],
  }),
  PORT: setting({
    schema: value.integer(1, 65_535),
    byDefault: "3000",
    description: "Port of the API.",
    readBy: [...API, ...START],
  }),
  HEALTH_PORT: setting({
    schema: value.integer(1, 65_535),
    byDefault: "3001",
    description: "Port of a worker's `/health/*` and `/metrics`. Under `npm start`: the first of three.",
    readBy: [...WORKERS, ...START],
  }),
  PUBLIC_URL: setting({
    schema: value.publicUrl,
    byDefault: localUrl,
    defaultText: "`http://HOST:PORT`",
    description: "Where clients reach the API; download links begin with it.",
    readBy: ENDING_JOBS,
  }),
  REDIS_URL: setting({
    schema: value.redisUrl,
    byDefault: null,
    description: "The Redis that all processes share.",
    readBy: [...PROCESSES, ...START],
    secret: true,
    madeBy: "openssl rand -hex 32",
  }),
  ALLOW_EVICTION: setting({
    schema: value.boolean,
    byDefault: "false",
    description:
      "Accepts a Redis whose `maxmemory-policy` is not `noeviction`, and so the loss of jobs when its memory is full.",
    readBy: PROCESSES,
  }),
  DURABLE_ACCEPT: setting({
    schema: value.boolean,
    byDefault: "false",
    description:
      "Answers 202 only once the job is in Redis's append-only file on disk. Needs Redis 7.2 or Valkey, and `appendonly yes`; see docs/operations.md.",
    readBy: API,
  }),
  HERALD_TAG: setting({
    schema: value.matching(/^[a-z0-9-]{1,64}$/, "1 to 64 of a-z, 0-9 and -"),
    byDefault: "herald",
    description: "Hash tag of all keys: several deployments can share one Redis under different tags.",
    readBy: [...PROCESSES, ...START],
  }),
  STORAGE_URL: setting({
    schema: value.storageUrl,
    byDefault: null,
    description: "Where audio is kept. Every process that reads it must reach the same place.",
    readBy: ENDING_JOBS,
  }),
  STORAGE_MAX_BYTES: setting({
    schema: value.byteSize("1MiB", "1024TiB"),
    byDefault: undefined,
    description:
      "What the audio of all jobs may take; past it, submissions are answered `503 storage_full`. See docs/limits.md.",
    readBy: [...API, ...HOUSEKEEPER],
  }),
  STORAGE_EARLY_EXPIRY: setting({
    schema: value.boolean,
    byDefault: "false",
    description:
      "Deletes audio before its time, the oldest first, when `STORAGE_MAX_BYTES` are nearly reached, rather than turning submissions away.",
    readBy: HOUSEKEEPER,
  }),
  S3_DOWNLOADS: setting({
    schema: value.oneOf("proxy", "redirect"),
    byDefault: "proxy",
    description:
      "How audio on S3 reaches clients: through the API, or by a redirect to a link to S3 that soon expires. See docs/storage.md.",
    readBy: API,
  }),
  DATA_DIR: setting({
    schema: value.matching(/./, "a path"),
    byDefault: "data",
    description: "Where `npm start` keeps its Redis, its audio and the secrets that it makes.",
    readBy: START,
  }),
  BOOTSTRAP_API_KEY: setting({
    schema: value.fromText("hk_ followed by the base64url of 32 bytes", (text) =>
      isApiKey(text) ? text : undefined,
    ),
    byDefault: undefined,
    description: "Creates this key, for an admin of the tenant `default`, unless it exists.",
    readBy: [...API, ...START],
    secret: true,
    madeBy: `echo "hk_$(openssl rand -base64 32 | tr '+/' '-_' | tr -d =)"`,
  }),
  AUDIO_LINK_SECRET: setting({
    schema: value.base64Bytes(32, 256),
    byDefault: null,
    description:
      "Signs the download links in jobs and webhooks, and sessions of the queue board. Changing it voids links already given out and signs operators out.",
    readBy: ENDING_JOBS,
    secret: true,
    madeBy: "openssl rand -base64 32",
  }),
  ENCRYPTION_KEY: setting({
    schema: value.listOf(value.base64Bytes(32, 32)),
    byDefault: null,
    description:
      "Seals the signing keys of webhooks in Redis. Of several, the first seals and every one opens: see docs/operations.md.",
    readBy: [...API, ...WEBHOOKS],
    secret: true,
    madeBy: "openssl rand -base64 32",
  }),
  WEBHOOK_SECRET: setting({
    schema: value.fromText("whsec_ followed by the base64 of 24 to 64 bytes", parseWebhookSecret),
    byDefault: undefined,
    description:
      "The first signing key of the tenant `default`, until `POST /v1/webhook-keys/rotate` replaces it. Without it, that key is random.",
    readBy: [...API, ...WEBHOOKS],
    secret: true,
    madeBy: 'echo "whsec_$(openssl rand -base64 32)"',
  }),
  WEBHOOK_RETRY_DELAYS: setting({
    schema: value.orNamed({ standard: STANDARD_RETRY_DELAYS }, value.listOf(value.duration("100ms", "30d"))),
    byDefault: DEFAULT_RETRY_DELAYS,
    description: `Waits between the attempts at a webhook; one attempt more than there are waits. \`standard\` is \`${STANDARD_RETRY_DELAYS}\`.`,
    readBy: [...ENDING_JOBS, ...WEBHOOKS],
  }),
  WEBHOOK_RETRY_JITTER: setting({
    schema: value.integer(0, 100),
    byDefault: (env) => (isDefaultSchedule(env["WEBHOOK_RETRY_DELAYS"]) ? "0" : "20"),
    defaultText: `\`20\`; \`0\` for \`${DEFAULT_RETRY_DELAYS}\`, which is kept exactly`,
    description: "By how many percent each wait between attempts may be shorter or longer.",
    readBy: WEBHOOKS,
  }),
  WEBHOOK_MAX_RETRIES: setting({
    schema: value.integer(0, MOST_RETRIES),
    byDefault: "20",
    description: "How many `retry_delays` an endpoint may have.",
    readBy: API,
  }),
  WEBHOOK_MAX_RETRY_DELAY: setting({
    schema: value.duration("1s", "30d"),
    byDefault: "24h",
    description: "The longest of them that is allowed.",
    readBy: API,
  }),
  WEBHOOK_TIMEOUT: setting({
    schema: value.duration("100ms", "5m"),
    byDefault: "10s",
    description: "Deadline of a whole attempt, from looking up the name to the last byte of the answer.",
    readBy: WEBHOOKS,
  }),
  WEBHOOK_ALLOW_CIDRS: setting({
    schema: value.emptyOr(value.listOf(value.cidr)),
    byDefault: "",
    description:
      "Ranges that webhooks may reach although they are not public, also by plain http: `10.20.0.0/16,::1/128`.",
    readBy: [...API, ...WEBHOOKS],
  }),
  WEBHOOK_ALLOW_HTTP: setting({
    schema: value.boolean,
    byDefault: "false",
    description: "Whether plain http is accepted for public addresses.",
    readBy: [...API, ...WEBHOOKS],
  }),
  WEBHOOK_PORTS: setting({
    schema: value.emptyOr(value.listOf(value.portRange)),
    byDefault: "",
    description:
      "The only ports that webhooks may go to. Empty: 80, 443, and all from 1024 on but those of databases and the like.",
    readBy: [...API, ...WEBHOOKS],
  }),
  WEBHOOK_PROXY_URL: setting({
    schema: value.proxyUrl,
    byDefault: undefined,
    description:
      "Proxy through which every webhook goes, by CONNECT. It resolves the names, and so has to keep private addresses closed; see docs/webhooks-operations.md.",
    readBy: WEBHOOKS,
    secret: true,
  }),
  WEBHOOK_DISABLE_AFTER: setting({
    schema: value.orNamed({ never: "0s" }, value.duration("0s", "365d")),
    byDefault: "5d",
    description:
      "An endpoint that fails for as long, at least 20 times and without a success between, is disabled; its tenant is warned half-way. `never`: it is not.",
    readBy: WEBHOOKS,
  }),
  WEBHOOK_CONCURRENCY: setting({
    schema: value.integer(1, 1000),
    byDefault: "64",
    description: "Webhooks that one worker sends at once.",
    readBy: WEBHOOKS,
  }),
  WEBHOOK_ENDPOINT_CONCURRENCY: setting({
    schema: value.integer(1, 1000),
    byDefault: "5",
    description: "Webhooks that are under way to one endpoint at once, over all workers.",
    readBy: WEBHOOKS,
  }),
  WEBHOOK_ENDPOINT_RATE: setting({
    schema: value.integer(0, 100_000),
    byDefault: "1000",
    description:
      "Webhooks that one endpoint gets per second, over all workers; what it did not get in the last second may come at once. `0`: no limit.",
    readBy: WEBHOOKS,
  }),
  AUDIO_TTL: setting({
    schema: value.duration("1s", "3650d"),
    byDefault: "24h",
    description: "How long finished audio, and the links to it, last.",
    readBy: SYNTHESIS,
  }),
  RECORD_TTL: setting({
    schema: value.duration("1s", "3650d"),
    byDefault: "7d",
    description: "How long an ended job can be asked about.",
    readBy: ENDING_JOBS,
  }),
  DELIVERY_TTL: setting({
    schema: value.duration("1m", "3650d"),
    byDefault: "30d",
    description:
      "How long a webhook delivery can be listed and sent again, as long as its job's record is there.",
    readBy: HOUSEKEEPER,
  }),
  DELIVERY_MAX_BYTES: setting({
    schema: value.byteSize("1MiB", "1024GiB"),
    byDefault: "1GiB",
    description: "What all deliveries together may take in Redis; the ones settled longest ago go first.",
    readBy: HOUSEKEEPER,
  }),
  RECOVERY_RATE: setting({
    schema: value.integer(1, 1000),
    byDefault: "20",
    description:
      "How many deliveries a second are sent again by `POST /v1/deliveries/recover`, on average, and how many that were parked for endpoints that are enabled again.",
    readBy: HOUSEKEEPER,
  }),
  IDEMPOTENCY_TTL: setting({
    schema: value.duration("1s", "30d"),
    byDefault: "24h",
    description: "How long an `Idempotency-Key` is remembered.",
    readBy: API,
  }),
  KEEP_TEXT: setting({
    schema: value.boolean,
    byDefault: "false",
    description: "Keeps the text of ended jobs until their record is deleted.",
    readBy: ENDING_JOBS,
  }),
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
  DEFAULT_VOICE: setting({
    schema: value.matching(/^[\w.:+-]{1,64}$/, "the id of a voice"),
    byDefault: "en-us",
    description: "Voice of a request that names none.",
    readBy: API,
  }),
  SYNTHESIS_CONCURRENCY: setting({
    schema: value.integer(1, 256),
    byDefault: String(availableParallelism()),
    defaultText: "the number of CPUs",
    description: "Engine processes of one worker, and so the jobs that it speaks at once.",
    readBy: SYNTHESIS,
  }),
  SYNTHESIS_ATTEMPTS: setting({
    schema: value.integer(1, 20),
    byDefault: "3",
    description: "Attempts at a job before it fails.",
    readBy: ENDING_JOBS,
  }),
  WORKER_STUCK_AFTER: setting({
    schema: value.duration("5s", "1h"),
    byDefault: "30s",
    description:
      "A worker that takes nothing for this long, while jobs wait and it has room, is not live; after twice as long it ends itself, to be started again.",
    readBy: WORKERS,
  }),
  WORKER_MAX_JOBS: setting({
    schema: value.integer(1, 1_000_000_000),
    byDefault: undefined,
    description:
      "After about as many jobs, a worker finishes what it has and ends, to be started again. Replicas do so at different times.",
    readBy: [...SYNTHESIS, ...WEBHOOKS],
  }),
  WORKER_MEMORY_LIMIT: setting({
    schema: value.byteSize("128MiB", "64GiB"),
    byDefault: "1GiB",
    description:
      "Resident memory of a worker's own process past which it finishes what it has and ends, to be started again.",
    readBy: [...SYNTHESIS, ...WEBHOOKS],
  }),
  SEGMENT_TIMEOUT: setting({
    schema: value.duration("100ms", "1h"),
    byDefault: "30s",
    description: "Time for one segment (a few sentences), after which its engine process is killed.",
    readBy: SYNTHESIS,
  }),
  JOB_TIMEOUT: setting({
    schema: value.duration("100ms", "1d"),
    byDefault: "30m",
    description: "Time for one attempt at a whole job, after which the job fails with `timeout`.",
    readBy: SYNTHESIS,
  }),
  ENGINE_MEMORY_LIMIT: setting({
    schema: value.byteSize("64MiB", "64GiB"),
    byDefault: "512MiB",
    description: "Resident memory past which an engine process is replaced.",
    readBy: SYNTHESIS,
  }),
  SCRATCH_DIR: setting({
    schema: value.absolutePath,
    byDefault: tmpdir(),
    defaultText: "the system's temporary folder",
    description: "Where audio is encoded before it is stored.",
    readBy: SYNTHESIS,
  }),
  EXPIRY_INTERVAL: setting({
    schema: value.duration("1s", "1d"),
    byDefault: "60s",
    description: "How often expired audio is looked for.",
    readBy: HOUSEKEEPER,
  }),
  RECONCILE_INTERVAL: setting({
    schema: value.duration("1s", "1d"),
    byDefault: "15s",
    description: "How often records and queues are compared.",
    readBy: HOUSEKEEPER,
  }),
  SHUTDOWN_GRACE: setting({
    schema: value.duration("0s", "1h"),
    byDefault: "20s",
    description: "Time for running work to finish after SIGTERM, before it is handed back to the queue.",
    readBy: [...PROCESSES, ...START],
  }),
  SHUTDOWN_DELAY: setting({
    schema: value.duration("0s", "1m"),
    byDefault: "2s",
    description:
      "How long the API, no longer ready, goes on answering after SIGTERM, for load balancers and clients to turn to another one. Part of `SHUTDOWN_GRACE`.",
    readBy: API,
  }),
  LOG_LEVEL: setting({
    schema: value.oneOf("error", "warn", "info", "debug"),
    byDefault: "info",
    description: "The least level that is logged.",
    readBy: PROCESSES,
  }),
  LOG_FORMAT: setting({
    schema: value.oneOf("auto", "json", "pretty"),
    byDefault: "auto",
    description: "`auto` is `pretty` on a terminal and `json` elsewhere.",
    readBy: PROCESSES,
  }),
};

export type SettingName = keyof typeof settings;

function isDefaultSchedule(text = DEFAULT_RETRY_DELAYS): boolean {
  return text.replace(/\s/g, "") === DEFAULT_RETRY_DELAYS;
}

/** All addresses of this machine are not one to connect to. */
function localUrl(env: Environment): string {
  const host = env["HOST"] ?? "127.0.0.1";
  const reachable = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${env["PORT"] ?? "3000"}`;
}

/** A code point takes up to 4 bytes of UTF-8, or 12 in JSON escapes; most texts are far from either. */
function bodySize(env: Environment): string {
  return `${Math.max(2 * 2 ** 20, 8 * Number(env["MAX_TEXT_CHARS"] ?? 0))}B`;
}
