import { messageOf } from "@herald/shared/errors";
import { LaunchError } from "../machine/launch-error.ts";
import { findExecutable, findRedis } from "./find-redis.ts";
import { installRedis } from "./install-redis.ts";

export interface EnsureRedisOptions {
  /** PATH */
  readonly searchPath: string;
  readonly isRoot: boolean;
  readonly say: (line: string) => void;
  readonly install?: (aptGet: string) => Promise<void>;
}

const TWO_WAYS = `No Redis was found. Either
  - install one, so that redis-server or valkey-server is on the PATH
    (Debian, Ubuntu: sudo apt-get install redis-server; macOS: brew install redis), or
  - set REDIS_URL to one that runs, for example REDIS_URL=redis://127.0.0.1:6379`;

/** The Redis program of this machine; installed first where we may. */
export async function ensureRedis(options: EnsureRedisOptions): Promise<string> {
  const found = await findRedis(options.searchPath);
  if (found !== null) return found;
  const aptGet = options.isRoot ? await findExecutable("apt-get", options.searchPath) : null;
  if (aptGet === null) throw new LaunchError(TWO_WAYS);

  options.say(
    "No Redis was found: installing redis-server with apt-get, without starting its system service.",
  );
  await (options.install ?? installRedis)(aptGet).catch((error: unknown) => {
    throw new LaunchError(`${messageOf(error)}\n${TWO_WAYS}`, {
      cause: error,
    });
  });
  const installed = await findRedis(options.searchPath);
  if (installed === null) throw new LaunchError(TWO_WAYS);
  return installed;
}
