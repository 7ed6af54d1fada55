import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { startKeeper } from "../../apps/standalone/src/redis/keeper.ts";
import { createOwnRedis, findRedisServer, type OwnRedis } from "./own-redis.ts";
import { freePort, waitFor } from "./wait.ts";

export interface TestSentinels {
  /** `redis+sentinel://...`, for REDIS_URL. */
  readonly url: string;
  primary(): Promise<OwnRedis>;
  /** Resolves once the sentinels agree on another primary than the one given, and every other Redis follows it. */
  failedOver(from: OwnRedis): Promise<OwnRedis>;
  /** Resolves once this Redis follows the primary. */
  follows(redis: OwnRedis): Promise<void>;
  stop(): Promise<void>;
}

const NAME = "herald-primary";
const SENTINELS = 3;
const QUORUM = 2;

/** A primary and a replica, watched by three sentinels that miss a Redis after a second. */
export async function startSentinels(): Promise<TestSentinels> {
  const first = await createOwnRedis();
  const second = await createOwnRedis();
  const servers = [first, second];
  await Promise.all(servers.map((redis) => redis.start()));
  await second.ask((client) => client.replicaof("127.0.0.1", first.port));
  const directory = await mkdtemp(join(tmpdir(), "herald-sentinels-"));
  const ports = await Promise.all(Array.from({ length: SENTINELS }, freePort));
  const sentinels = await Promise.all(ports.map((port) => startSentinel(directory, port, first.port)));

  async function askSentinels(...question: string[]): Promise<unknown[]> {
    return Promise.all(ports.map((port) => askSentinel(port, question)));
  }
  async function primary(): Promise<OwnRedis> {
    const answers = (await askSentinels("get-master-addr-by-name", NAME)) as [string, string][];
    const named = servers.filter(({ port }) => answers.every(([, at]) => Number(at) === port));
    if (named[0] === undefined) throw new Error("the sentinels do not agree");
    return named[0];
  }
  async function follows(redis: OwnRedis): Promise<void> {
    const isFollowing = async () =>
      (await redis.ask((client) => client.info("replication"))).includes("master_link_status:up");
    // The sentinels end every connection of the Redis that they turn into a replica, this question's too.
    await waitFor(() => isFollowing().catch(() => false), {
      timeoutMs: 30_000,
      what: "the replica to follow",
    });
  }

  await follows(second);
  const isWatched = async () =>
    (await askSentinels("ckquorum", NAME)).every((answer) =>
      String(answer).includes(`${SENTINELS} usable`),
    ) && (await askSentinels("replicas", NAME)).every((answer) => (answer as unknown[]).length === 1);
  await waitFor(() => isWatched().catch(() => false), { timeoutMs: 30_000, what: "the sentinels to meet" });
  return {
    url: `redis+sentinel://${ports.map((port) => `127.0.0.1:${port}`).join(",")}/${NAME}`,
    primary,
    follows,
    async failedOver(from) {
      let now = from;
      const hasChanged = async () => (now = await primary().catch(() => from)) !== from;
      await waitFor(hasChanged, { timeoutMs: 30_000, what: "the failover" });
      return now;
    },
    async stop() {
      await Promise.all(sentinels.map((sentinel) => sentinel.stop()));
      await Promise.all(servers.map((redis) => redis.stop()));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function startSentinel(directory: string, port: number, primaryPort: number) {
  const lines = [
    `port ${port}`,
    "bind 127.0.0.1",
    `dir ${directory}`,
    `sentinel monitor ${NAME} 127.0.0.1 ${primaryPort} ${QUORUM}`,
    `sentinel down-after-milliseconds ${NAME} 1000`,
    `sentinel failover-timeout ${NAME} 3000`,
  ];
  const file = join(directory, `${port}.conf`);
  await writeFile(file, lines.join("\n"));
  const keeper = startKeeper();
  const child: ChildProcess = spawn(await findRedisServer(), [file, "--sentinel"], { stdio: "ignore" });
  keeper.watch(child.pid);
  return {
    async stop() {
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
      keeper.watch(undefined);
      await keeper.stop();
    },
  };
}

async function askSentinel(port: number, question: readonly string[]): Promise<unknown> {
  const client = new Redis(port, "127.0.0.1", { retryStrategy: () => null, maxRetriesPerRequest: 0 });
  client.on("error", () => undefined);
  try {
    return await client.call("sentinel", ...question);
  } finally {
    client.disconnect();
  }
}
