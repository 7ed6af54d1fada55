import {
  PROCESSES,
  API,
  HOUSEKEEPER,
  WORKERS,
  START,
  ENDING_JOBS,
  setting,
  type Environment,
} from "../values/setting.ts";
import * as value from "../values/value-schemas.ts";

/** Where Herald listens, and where it finds Redis and its storage. */
export const PLACE_SETTINGS = {
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
};

/** All addresses of this machine are not one to connect to. */
function localUrl(env: Environment): string {
  const host = env["HOST"] ?? "127.0.0.1";
  const reachable = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${env["PORT"] ?? "3000"}`;
}
