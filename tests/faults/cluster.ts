import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKeys, type Keys } from "@herald/platform/redis/keys";
import { generateApiKey } from "@herald/shared/signing/api-key";
import { Redis } from "ioredis";
import { ensureRedis } from "../../apps/standalone/src/redis/ensure-redis.ts";
import { createClient, type Client } from "../support/client.ts";
import { heraldEnv } from "../support/herald-env.ts";
import { startSeverableProxy, type SeverableProxy } from "../support/severable-proxy.ts";
import { freePort, waitFor } from "../support/wait.ts";
import { keepApp, keepRedis, type Victim } from "./processes.ts";
import type { SmallDisk } from "./small-disk.ts";
import { watchStarts, type Starts } from "./watch-starts.ts";

/** A whole Herald whose every process can be struck. */
export interface Cluster {
  readonly client: Client;
  readonly webhookSecret: string;
  readonly audioDirectory: string;
  readonly keys: Keys;
  /** The auditor's own connection. */
  readonly auditor: Redis;
  readonly starts: Starts;
  readonly api: Victim;
  readonly synthesisWorkers: readonly Victim[];
  readonly webhookWorkers: readonly Victim[];
  readonly housekeeper: Victim;
  readonly redis: Victim;
  /** Between Redis and the first worker of each kind. */
  readonly proxy: SeverableProxy;
  ready(): Promise<void>;
  stop(): Promise<void>;
}

export interface ClusterOptions {
  /** Where audio goes; without it, a folder like any other. */
  readonly disk?: SmallDisk;
  /** Settings of one process more than those that all have; the index counts the processes. */
  readonly envOf?: (index: number) => Readonly<Record<string, string>>;
}

const TAG = "faults";
export const RECONCILE_MS = 2_000;

export async function startCluster({ disk, envOf = () => ({}) }: ClusterOptions = {}): Promise<Cluster> {
  const directory = await mkdtemp(join(tmpdir(), "herald-faults-"));
  const redisPort = await freePort();
  const redis = await keepRedis({ executable: await findRedis(), directory, port: redisPort });
  const redisUrl = `redis://127.0.0.1:${redisPort}`;
  const proxy = await startSeverableProxy(redisUrl);
  const audioDirectory = disk?.directory ?? join(directory, "audio");
  const scratch = join(directory, "scratch");
  await mkdir(scratch);
  const apiPort = String(await freePort());
  const url = `http://127.0.0.1:${apiPort}`;
  const apiKey = generateApiKey();
  const shared = {
    HERALD_TAG: TAG,
    ...heraldEnv({ redisUrl, audioDirectory, url }),
    SCRATCH_DIR: scratch,
    WEBHOOK_RETRY_DELAYS: "200ms,400ms,1s,2s,4s,8s",
    SYNTHESIS_CONCURRENCY: "2",
    RECONCILE_INTERVAL: `${RECONCILE_MS}ms`,
    EXPIRY_INTERVAL: "1s",
  };
  let started = 0;
  const start = async (name: Parameters<typeof keepApp>[0], own: Readonly<Record<string, string>> = {}) => {
    const ports = { PORT: apiPort, HEALTH_PORT: String(await freePort()) };
    return keepApp(name, { ...shared, ...ports, ...envOf(started++), ...own });
  };
  const throughProxy = { REDIS_URL: proxy.url };

  const api = await start("api", { BOOTSTRAP_API_KEY: apiKey });
  const synthesisWorkers = [
    await start("synthesis-worker", throughProxy),
    await start("synthesis-worker"),
    await start("synthesis-worker"),
  ];
  const webhookWorkers = [await start("webhook-worker", throughProxy), await start("webhook-worker")];
  const housekeeper = await start("housekeeper");
  const apps = [api, ...synthesisWorkers, ...webhookWorkers, housekeeper];
  const auditor = new Redis(redisUrl, { maxRetriesPerRequest: null, retryStrategy: () => 100 });
  auditor.on("error", () => undefined);
  const client = createClient(url, apiKey);
  const keys = createKeys(TAG);
  const starts = watchStarts(redisUrl, keys);
  return {
    client,
    webhookSecret: shared.WEBHOOK_SECRET,
    audioDirectory,
    keys,
    auditor,
    starts,
    api,
    synthesisWorkers,
    webhookWorkers,
    housekeeper,
    redis,
    proxy,
    async ready() {
      await waitFor(() => client.isReady(), { timeoutMs: 60_000, what: "Herald to be ready" }).catch(
        (error: unknown) => {
          throw new Error(apps.map((app) => app.output().slice(-2000)).join("\n"), { cause: error });
        },
      );
    },
    async stop() {
      await Promise.all(apps.map((app) => app.stop()));
      auditor.disconnect();
      await starts.stop();
      await proxy.close();
      await redis.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function findRedis(): Promise<string> {
  return ensureRedis({
    searchPath: process.env["PATH"] ?? "",
    isRoot: process.getuid?.() === 0,
    say: (line) => process.stderr.write(`${line}\n`),
  });
}
