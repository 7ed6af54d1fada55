import type { Redis } from "ioredis";
import { parseRedisInfo } from "@herald/platform/redis/redis-info";

export interface MemoryWatermarkOptions {
  readonly redis: Pick<Redis, "info">;
  /** Of `maxmemory`. A Redis without one is never full. */
  readonly percent: number;
  /** Milliseconds, of any beginning. */
  readonly now: () => number;
}

const SAMPLE_EVERY_MS = 1000;

/**
 * Whether Redis uses more of its memory than it should while jobs are taken on: the rest is for the jobs that are there to be
 * worked on and ended. Asked of Redis at most once a second, by whoever wants to know, and nobody waits for the answer.
 */
export function createMemoryWatermark({ redis, percent, now }: MemoryWatermarkOptions): () => boolean {
  let isFull = false;
  let sampledAt = -Infinity;

  async function sample(): Promise<void> {
    const { usedMemoryBytes, maxMemoryBytes } = parseRedisInfo(await redis.info("memory"));
    isFull = maxMemoryBytes > 0 && usedMemoryBytes >= (maxMemoryBytes * percent) / 100;
  }

  return () => {
    if (now() - sampledAt >= SAMPLE_EVERY_MS) {
      sampledAt = now();
      // A Redis that cannot be asked is away, and says so to the submission itself.
      sample().catch(() => undefined);
    }
    return isFull;
  };
}
