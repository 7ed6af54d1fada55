import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateApiKey } from "@herald/shared/signing/api-key";
import { startApp, type AppName, type RunningApp } from "./apps.ts";
import { createClient, type Client } from "./client.ts";
import { heraldEnv } from "./herald-env.ts";
import { startRedis, type TestRedis } from "./redis.ts";
import { freePort, waitFor } from "./wait.ts";

export interface HeraldOptions {
  readonly synthesisWorkers?: number;
  /** Settings beside the ones that a test instance needs. */
  readonly env?: Readonly<Record<string, string>>;
  /** Used in place of a new one. It is stopped together with the Herald. */
  readonly redis?: TestRedis;
  /** False: the processes run, and what they need may not be there. */
  readonly awaitReadiness?: boolean;
  /** Another checkout, whose processes these are. */
  readonly root?: string;
}

/** A whole Herald of real processes, each started on its own as a container would be. */
export interface Herald {
  readonly client: Client;
  readonly url: string;
  readonly apiKey: string;
  readonly redis: TestRedis;
  readonly webhookSecret: string;
  readonly audioDirectory: string;
  readonly api: RunningApp;
  readonly synthesisWorkers: readonly RunningApp[];
  readonly webhookWorker: RunningApp;
  readonly housekeeper: RunningApp;
  /** `host:port` of each process's `/metrics`, by app. */
  readonly metricsTargets: ReadonlyMap<AppName, readonly string[]>;
  /**
   * One more process of a kind, beside those that run, of the same checkout or another: `url` is where it answers, an API for
   * clients, others about their health.
   */
  startAnother(name: AppName, root?: string): Promise<{ readonly app: RunningApp; readonly url: string }>;
  stop(): Promise<void>;
}

export async function startHerald(options: HeraldOptions = {}): Promise<Herald> {
  const { synthesisWorkers = 1, env = {}, awaitReadiness = true } = options;
  const redis = options.redis ?? (await startRedis());
  const directory = await mkdtemp(join(tmpdir(), "herald-system-"));
  const audioDirectory = join(directory, "audio");
  const apiKey = generateApiKey();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const shared = {
    ...heraldEnv({ redisUrl: redis.url, audioDirectory, url }),
    SHUTDOWN_DELAY: "0s",
    ...env,
  };
  const metricsTargets = new Map<AppName, string[]>();
  const start = async (
    name: AppName,
    own: Readonly<Record<string, string>> = {},
    root: string | undefined = options.root,
  ) => {
    const healthPort = String(await freePort());
    const target = `127.0.0.1:${own["PORT"] ?? healthPort}`;
    metricsTargets.set(name, [...(metricsTargets.get(name) ?? []), target]);
    // A folder for each: what they share is Redis and the storage.
    const scratch = await mkdtemp(join(directory, "scratch-"));
    return startApp(name, { ...shared, SCRATCH_DIR: scratch, HEALTH_PORT: healthPort, ...own }, root);
  };

  const api = await start("api", { PORT: String(port), BOOTSTRAP_API_KEY: apiKey });
  const workers = await Promise.all(
    Array.from({ length: synthesisWorkers }, () => start("synthesis-worker", { SYNTHESIS_CONCURRENCY: "2" })),
  );
  const webhookWorker = await start("webhook-worker");
  const housekeeper = await start("housekeeper");
  const all = [api, ...workers, webhookWorker, housekeeper];

  const client = createClient(url, apiKey);
  const areReady = async (): Promise<boolean> => {
    const targets = awaitReadiness ? [...metricsTargets.values()].flat() : [];
    const answers = targets.map((target) => createClient(`http://${target}`, apiKey).isReady());
    return (await Promise.all(answers)).every(Boolean);
  };
  await waitFor(areReady, { timeoutMs: 60_000, what: "readiness" }).catch((error: unknown) => {
    throw new Error(all.map((app) => app.output()).join("\n"), { cause: error });
  });
  return {
    client,
    url,
    apiKey,
    redis,
    webhookSecret: shared.WEBHOOK_SECRET,
    audioDirectory,
    api,
    synthesisWorkers: workers,
    webhookWorker,
    housekeeper,
    metricsTargets,
    async startAnother(name, root) {
      const port = String(await freePort());
      const app = await start(name, name === "api" ? { PORT: port } : { HEALTH_PORT: port }, root);
      all.push(app);
      return { app, url: `http://127.0.0.1:${port}` };
    },
    async stop() {
      await Promise.all(all.map((app) => app.stop()));
      await redis.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
