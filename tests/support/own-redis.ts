import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { ensureRedis } from "../../apps/standalone/src/redis/ensure-redis.ts";
import { startKeeper } from "../../apps/standalone/src/redis/keeper.ts";
import type { TestRedis } from "./redis.ts";
import { freePort, waitFor } from "./wait.ts";

export interface OwnRedisOptions {
  readonly executable?: string;
  /** Lines of its configuration beside the ones that every test needs. */
  readonly config?: Readonly<Record<string, string>>;
}

/** A Redis that a test may ill-treat. Keeps its address and its data over restarts. */
export interface OwnRedis extends TestRedis {
  readonly port: number;
  /** Resolves once it answers and has its data loaded. */
  start(): Promise<void>;
  /** SIGKILL, as when the machine's memory runs out. */
  kill(): Promise<void>;
  /** SIGSTOP: it still holds its connections, and answers none of them. */
  freeze(): void;
  thaw(): void;
  /** Calls `question` with a connection that is opened for it and closed after it. */
  ask<T>(question: (redis: Redis) => Promise<T>): Promise<T>;
}

const DURABLE = { appendonly: "yes", appendfsync: "everysec", "maxmemory-policy": "noeviction", save: "" };

/** Not started yet. It ends with the test process, however that ends. */
export async function createOwnRedis({ executable, config = {} }: OwnRedisOptions = {}): Promise<OwnRedis> {
  const program = executable ?? (await findRedisServer());
  const directory = await mkdtemp(join(tmpdir(), "herald-own-redis-"));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const settings = { bind: "127.0.0.1", port: String(port), dir: directory, ...DURABLE, ...config };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const keeper = startKeeper();
  let child: ChildProcess | undefined;

  async function ask<T>(question: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(url, { maxRetriesPerRequest: 0, retryStrategy: () => null });
    redis.on("error", () => undefined);
    try {
      return await question(redis);
    } finally {
      redis.disconnect();
    }
  }

  async function kill(): Promise<void> {
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }

  return {
    url,
    port,
    ask,
    kill,
    async start() {
      child = spawn(program, args, { stdio: "ignore" });
      keeper.watch(child.pid);
      const isAnswering = () => ask((redis) => redis.ping()).then(Boolean, () => false);
      await waitFor(isAnswering, { what: "Redis to answer" });
    },
    freeze: () => child?.kill("SIGSTOP"),
    thaw: () => child?.kill("SIGCONT"),
    async stop() {
      await kill();
      keeper.watch(undefined);
      await keeper.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** This machine's Redis program; the same program runs as a sentinel. */
export function findRedisServer(): Promise<string> {
  const say = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  return ensureRedis({
    searchPath: process.env["PATH"] ?? "",
    isRoot: process.getuid?.() === 0,
    say,
  });
}
