import { Redis, type RedisOptions } from "ioredis";
import { reconnectDelayMs } from "./reconnect-delay.ts";

export const REDIS_URL_FORM =
  "redis://[user:password@]host[:port][/database], rediss:// for TLS, " +
  "or redis+sentinel://host[:port],.../primary-name (docs/operations.md)";

const SENTINEL_PORT = 26_379;

type Options = Omit<RedisOptions, "replyMapping">;

/** How a Redis is found: at one address, or by asking sentinels which of several is the primary. */
export function parseRedisUrl(text: string): Options | undefined {
  return /^rediss?\+sentinel:/.test(text) ? parseSentinelUrl(text) : parseSingleUrl(text);
}

/** Throws for a URL that `parseRedisUrl` does not understand. */
export function createRedis(url: string, options: Options): Redis {
  const target = parseRedisUrl(url);
  if (target === undefined) throw new Error(`REDIS_URL: expected ${REDIS_URL_FORM}`);
  return target.sentinels ? new Redis({ ...target, ...options }) : new Redis(url, options);
}

/** ioredis reads these itself. */
function parseSingleUrl(text: string): Options | undefined {
  const url = URL.canParse(text) ? new URL(text) : null;
  const understood = url !== null && /^rediss?:$/.test(url.protocol) && url.hostname !== "";
  return understood && /^\/?\d*$/.test(url.pathname) ? {} : undefined;
}

const SENTINEL_URL_PARTS = [
  /^(?<scheme>rediss?)\+sentinel:\/\//,
  /(?:(?<user>[^@/:]*)(?::(?<password>[^@/]*))?@)?/,
  /(?<hosts>[^@/?#]+)\/(?<name>[\w.-]+)/,
  /(?:\/(?<db>\d+))?(?:\?(?<query>[^#]*))?$/,
];
const SENTINEL_URL = new RegExp(SENTINEL_URL_PARTS.map(({ source }) => source).join(""));

function parseSentinelUrl(text: string): Options | undefined {
  const parts = SENTINEL_URL.exec(text)?.groups;
  const sentinels = parts?.["hosts"]?.split(",").map(parseHost) ?? [];
  const query = new URLSearchParams(parts?.["query"]);
  const login = { username: "sentinel_user", password: "sentinel_password" };
  const isKnown = [...query.keys()].every((name) => Object.values(login).includes(name));
  if (parts === undefined || !isKnown || !sentinels.every((host) => host !== undefined)) return undefined;
  return {
    ...ASKING_SENTINELS,
    sentinels,
    ...(parts["name"] === undefined ? {} : { name: parts["name"] }),
    ...credentials(parts["user"], parts["password"]),
    sentinelUsername: query.get(login.username) ?? "",
    sentinelPassword: query.get(login.password) ?? "",
    db: Number(parts["db"] ?? 0),
    ...(parts["scheme"] === "rediss" ? { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
  };
}

/** A failover is heard of from the sentinels: a primary that froze, or whose machine is gone, closes no connection. */
const ASKING_SENTINELS = {
  failoverDetector: true,
  sentinelCommandTimeout: 1000,
  sentinelRetryStrategy: reconnectDelayMs,
  sentinelReconnectStrategy: () => 5000,
} satisfies Options;

function parseHost(text: string): { host: string; port: number } | undefined {
  const [, bracketed, plain, port] = /^(?:\[([\da-fA-F:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  return host === undefined ? undefined : { host, port: Number(port ?? SENTINEL_PORT) };
}

function credentials(user = "", password?: string): Pick<Options, "username" | "password"> {
  return {
    ...(user === "" ? {} : { username: decodeURIComponent(user) }),
    ...(password === undefined ? {} : { password: decodeURIComponent(password) }),
  };
}
