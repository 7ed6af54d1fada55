import type { Redis } from "ioredis";
import type { ConfigurationError } from "@herald/shared/configuration-error";
import { AppError } from "@herald/shared/errors";
import type { Stoppable } from "@herald/shared/stoppable";
import { watchPulse } from "./pulse.ts";
import { infoField, unfitRedisFound } from "@herald/platform/redis/unfit-redis";

/** Vouches that what Redis has said to have written is on its disk. */
export interface Durability extends Stoppable {
  /** Resolves once the write that made this key is; throws `redis_unavailable` when that cannot be said in time. */
  confirm(key: string): Promise<void>;
}

export interface DurabilityOptions {
  /** A connection that fails fast. */
  readonly redis: Redis;
  /** A key that is written only to be waited for. */
  readonly mark: string;
  readonly timeoutMs?: number;
}

/** Redis syncs every second, or later when its disk is slow. */
const TIMEOUT_MS = 3000;
const MARGIN_MS = 500;
/** With `appendfsync everysec` a wait takes up to a second: these begin a quarter apart, so that nobody waits for two. */
const CONNECTIONS = 4;
const GAP_MS = 250;

interface Waiting {
  readonly key: string;
  readonly resolve: () => void;
  readonly reject: (reason: AppError) => void;
}

/**
 * One WAITAOF for all that were written before it. It blocks the connection that it is sent on, and waits for that
 * connection's own last write; so connections of their own write a mark, which comes after everything that Redis has
 * answered, and wait for that. Each first looks whether it sees what it is to vouch for: after a failover it might be talking
 * to another Redis than the one which was written to.
 */
export function createDurability({ redis, mark, timeoutMs = TIMEOUT_MS }: DurabilityOptions): Durability {
  const silenceMs = timeoutMs + MARGIN_MS;
  const connections = Array.from(
    { length: CONNECTIONS },
    () =>
      redis
        .duplicate({ commandTimeout: silenceMs, socketTimeout: 2 * silenceMs })
        .on("error", () => undefined), // The same Redis as everybody's: whoever opened it tells of that.
  );
  const idle = [...connections];
  let gathered: Waiting[] = [];
  let leftAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;

  /** A batch leaves at once when none is on its way, and otherwise when it is time and a connection is free. */
  function pump(): void {
    clearTimeout(timer);
    const dueInMs = idle.length === CONNECTIONS ? 0 : leftAt + GAP_MS - performance.now();
    if (gathered.length > 0 && idle.length > 0 && dueInMs > 0) timer = setTimeout(pump, dueInMs);
    if (gathered.length === 0 || dueInMs > 0) return;
    const connection = idle.pop();
    if (connection === undefined) return;
    const batch = gathered;
    gathered = [];
    leftAt = performance.now();
    void vouch(connection, batch).finally(() => {
      idle.push(connection);
      pump();
    });
  }

  async function vouch(connection: Redis, batch: readonly Waiting[]): Promise<void> {
    const disk = waitForDisk(connection, batch);
    const pulse = watchPulse(redis);
    await answer(batch, Promise.race([disk, pulse.lost]));
    pulse.stop();
    await disk.catch(() => undefined); // The connection is free no sooner.
  }

  async function answer(batch: readonly Waiting[], looked: Promise<readonly boolean[]>): Promise<void> {
    try {
      const seen = await looked;
      for (const [i, { resolve, reject }] of batch.entries()) {
        if (seen[i] === true) resolve();
        else reject(notDurable(new Error("the job is not in this Redis")));
      }
    } catch (error) {
      for (const { reject } of batch) reject(notDurable(error));
    }
  }

  /** Which of the keys are on disk; throws when none can be said to be. */
  async function waitForDisk(connection: Redis, batch: readonly Waiting[]): Promise<readonly boolean[]> {
    const pipeline = connection.pipeline();
    for (const { key } of batch) pipeline.exists(key);
    pipeline.set(mark, "1").call("WAITAOF", "1", "0", String(timeoutMs));
    const replies = (await pipeline.exec()) ?? [];
    const fault = replies.find(([error]) => error !== null)?.[0];
    if (fault) throw fault;
    const [synced] = (replies.at(-1)?.[1] ?? []) as [number?];
    if (synced !== 1) throw new Error(`Redis did not sync its append-only file within ${timeoutMs} ms`);
    return batch.map((_, i) => replies[i]?.[1] === 1);
  }

  return {
    confirm: (key) =>
      new Promise((resolve, reject) => {
        gathered.push({ key, resolve, reject });
        pump();
      }),
    stop() {
      clearTimeout(timer);
      for (const connection of connections) connection.disconnect();
      for (const { reject } of gathered) reject(notDurable(new Error("stopped")));
      return Promise.resolve();
    },
  };
}

function notDurable(cause: unknown): AppError {
  const message = "the job may not be on disk yet: try again with the same Idempotency-Key";
  return new AppError("redis_unavailable", message, { cause });
}

/** Settles when a Redis is met that cannot vouch for anything. */
export function undurableRedisFound(redis: Redis): Promise<ConfigurationError> {
  return unfitRedisFound(redis, (info) => {
    const version = infoField(info, "redis_version") ?? "";
    if (!knowsWaitAof(version)) {
      return `DURABLE_ACCEPT: this Redis is ${version}, and WAITAOF came with 7.2. Use a newer one, or set it to false`;
    }
    return infoField(info, "aof_enabled") === "0"
      ? "DURABLE_ACCEPT: this Redis has appendonly no, so nothing is on its disk. Set it to yes, or DURABLE_ACCEPT to false"
      : undefined;
  });
}

/** A Valkey tells the Redis version that it is compatible with here: 7.2.4. */
function knowsWaitAof(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 7 || (major === 7 && minor >= 2);
}
