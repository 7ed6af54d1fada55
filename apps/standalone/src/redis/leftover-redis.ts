import type { Redis } from "ioredis";
import { LaunchError } from "../machine/launch-error.ts";
import { poll } from "../machine/poll.ts";
import { connectOnce } from "./client.ts";
import { endpointFile, endpointUrl, forgetEndpoint, recallEndpoint, type RedisEndpoint } from "./endpoint.ts";

export interface LeftoverOptions {
  /** How long the processes of the killed run may still work with their Redis. */
  readonly graceMs: number;
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
}

const SHUTDOWN_MS = 30_000;

// Nobody there; a Redis with another password, or none; something else than a Redis.
const OTHERS = /ECONNREFUSED|ECONNRESET|EPIPE|WRONGPASS|without any password|RESP type/;

/**
 * Ends the Redis of a run that was killed, because two servers on one append-only file would destroy it. Whoever accepts
 * the remembered password is that Redis: each run makes a new one.
 */
export async function stopLeftoverRedis(directory: string, options: LeftoverOptions): Promise<void> {
  const endpoint = await recallEndpoint(directory);
  if (endpoint === null) return;
  const redis = await reach(endpoint, directory);
  if (redis !== null) {
    options.say("An earlier run was killed and left its Redis running: stopping that first.");
    await shutDown(redis, endpoint, options);
  }
  await forgetEndpoint(directory);
}

async function reach(endpoint: RedisEndpoint, directory: string): Promise<Redis | null> {
  try {
    return await connectOnce(endpointUrl(endpoint));
  } catch (error) {
    if (isAnotherOrNone(error)) return null;
    throw new LaunchError(
      `Port ${endpoint.port} of this machine, where the last run's Redis listened, takes connections but does not answer. ` +
        `If it is a redis-server, stop it; if it is something else, delete ${endpointFile(directory)}. Then start again.`,
      { cause: error },
    );
  }
}

function isAnotherOrNone(error: unknown): boolean {
  return OTHERS.test(String(error));
}

async function shutDown(
  redis: Redis,
  endpoint: RedisEndpoint,
  { graceMs, signal }: LeftoverOptions,
): Promise<void> {
  const limits = signal ? { signal } : {};
  await poll(() => hasNoOtherClient(redis), { timeoutMs: graceMs, everyMs: 200, ...limits });
  // Redis answers by closing the connection.
  await redis.shutdown().catch(() => undefined);
  redis.disconnect();
  const isGone = (): Promise<boolean> =>
    connectOnce(endpointUrl(endpoint)).then(isStillThere, isAnotherOrNone);
  if (!(await poll(isGone, { timeoutMs: SHUTDOWN_MS, ...limits }))) {
    throw new LaunchError(
      `The Redis of an earlier run, on port ${endpoint.port}, does not stop. Stop it, then start again.`,
    );
  }
}

/** Its keeper stops it when its last client has gone: no connection is as good as no client. */
async function hasNoOtherClient(redis: Redis): Promise<boolean> {
  const list = await redis.client("LIST").catch(() => "");
  return String(list).trim().split("\n").length <= 1;
}

function isStillThere(redis: Redis): false {
  redis.disconnect();
  return false;
}
