import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureRedis } from "../../apps/standalone/src/redis/ensure-redis.ts";
import { startPrivateRedis } from "../../apps/standalone/src/redis/private-redis.ts";

export interface TestRedis {
  readonly url: string;
  stop(): Promise<void>;
}

/** A Redis with data of its own, brought up the way `npm start` does it. It ends with the test process, however that ends. */
export async function startRedis(): Promise<TestRedis> {
  const say = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  const executable = await ensureRedis({
    searchPath: process.env["PATH"] ?? "",
    isRoot: process.getuid?.() === 0,
    say,
  });
  const directory = await mkdtemp(join(tmpdir(), "herald-redis-"));
  const redis = await startPrivateRedis({ executable, directory, say });
  return {
    url: redis.url,
    async stop() {
      await redis.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
