import type { RedisEndpoint } from "./endpoint.ts";

/**
 * Given on standard input, so that the password shows in no process list. An acknowledged job survives a crash of Redis,
 * and of the machine but for its last second; nothing is ever evicted to make room.
 */
export function redisConfig({ port, password }: RedisEndpoint, directory: string): string {
  const settings = {
    bind: "127.0.0.1",
    port: String(port),
    requirepass: password,
    dir: JSON.stringify(directory),
    daemonize: "no",
    appendonly: "yes",
    appendfsync: "everysec",
    "maxmemory-policy": "noeviction",
    save: '""',
    loglevel: "warning",
    logfile: "redis.log",
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} ${value}\n`)
    .join("");
}
