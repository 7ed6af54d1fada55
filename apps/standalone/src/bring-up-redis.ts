import type { Writable } from "node:stream";
import type { Stoppable } from "@herald/shared/stoppable";
import { LaunchError } from "./machine/launch-error.ts";
import { ping } from "./redis/client.ts";
import { ensureRedis } from "./redis/ensure-redis.ts";
import { startPrivateRedis } from "./redis/private-redis.ts";
import { redisDirectory, type LaunchSettings } from "./settings.ts";

export interface RedisInUse extends Stoppable {
  readonly url: string;
  /** Null for a Redis that is not ours to stop. */
  readonly lifeline: Writable | null;
}

export interface BringUpRedisOptions {
  readonly searchPath: string;
  readonly isRoot: boolean;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The operator's Redis if there is one, else a private one. */
export async function bringUpRedis(
  settings: LaunchSettings,
  options: BringUpRedisOptions,
): Promise<RedisInUse> {
  if (settings.redisUrl !== null) return useRedis(settings.redisUrl);
  const executable = await ensureRedis(options);
  options.signal.throwIfAborted();
  const { say, signal } = options;
  const directory = redisDirectory(settings);
  return startPrivateRedis({ executable, directory, say, leftoverGraceMs: settings.graceMs, signal });
}

async function useRedis(url: string): Promise<RedisInUse> {
  try {
    await ping(url);
  } catch (error) {
    throw new LaunchError(`REDIS_URL (${withoutPassword(url)}) cannot be used: ${String(error)}`, {
      cause: error,
    });
  }
  return { url, lifeline: null, stop: () => Promise.resolve() };
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/.*@/, "//***@").replace(/\?.*$/, "");
}
