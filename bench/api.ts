import { randomBytes, randomUUID } from "node:crypto";
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Redis } from "ioredis";
import { Pool } from "undici";
import { startApp } from "../tests/support/apps.ts";
import { startRedis } from "../tests/support/redis.ts";
import { freePort, waitFor } from "../tests/support/wait.ts";
import { fairWaitP95 } from "./fair-wait.ts";
import { fillQueue } from "./fill-queue.ts";
import { alone, compared, printReport } from "./report.ts";

// How many submissions a second one API process lets in, with admission, fairness and idempotency, against an Express
// handler with zod and a bare `queue.add`; what a million waiting jobs change about that, and what each of them takes of
// Redis's memory; and how long a quiet tenant waits beside a loud one.
const DEEP = Number(process.env["BENCH_DEEP_JOBS"] ?? 1_000_000);
const TENANTS = 100;
const LOUD_JOBS = 10_000;
const CONNECTIONS = 32;
const WARM_UP = 3000;
const ROUND = 3000;
const ROUNDS = 5;
const TEXT = "The quick brown fox jumps over the lazy dog. ".repeat(5).slice(0, 200);
const BODY = JSON.stringify({ text: TEXT, format: "wav" });

interface Subject {
  readonly pool: Pool;
  readonly headers: () => Record<string, string>;
}

async function post({ pool, headers }: Subject, jobs: number): Promise<number> {
  let next = 0;
  const submit = async (): Promise<void> => {
    while (next++ < jobs) {
      const request = { path: "/v1/tts/async", method: "POST", headers: headers(), body: BODY } as const;
      const answer = await pool.request(request);
      if (answer.statusCode !== 202) throw new Error(`${answer.statusCode}: ${await answer.body.text()}`);
      await answer.body.dump();
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: CONNECTIONS }, submit));
  return jobs / ((performance.now() - start) / 1000);
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** In turns, so that whatever else the machine does falls on both. */
async function measure(subject: Subject, bare: Subject): Promise<{ value: number; baseline: number }> {
  await post(subject, WARM_UP);
  await post(bare, WARM_UP);
  const [values, baselines]: [number[], number[]] = [[], []];
  for (let i = 0; i < ROUNDS; i++) {
    values.push(await post(subject, ROUND));
    baselines.push(await post(bare, ROUND));
  }
  return { value: median(values), baseline: median(baselines) };
}

const redisServer = await startRedis();
const redis = new Redis(redisServer.url);
const directory = await mkdtemp(join(tmpdir(), "herald-bench-"));
const port = await freePort();
const apiKey = `hk_${randomBytes(32).toString("base64url")}`;
const api = startApp("api", {
  REDIS_URL: redisServer.url,
  STORAGE_URL: pathToFileURL(directory).href,
  AUDIO_LINK_SECRET: randomBytes(32).toString("base64"),
  ENCRYPTION_KEY: randomBytes(32).toString("base64"),
  WEBHOOK_SECRET: `whsec_${randomBytes(32).toString("base64")}`,
  BOOTSTRAP_API_KEY: apiKey,
  PORT: String(port),
  LOG_FORMAT: "json",
  KEY_REQUESTS_PER_MINUTE: "1000000000",
  KEY_CHARS_PER_MINUTE: "1000000000000",
  TENANT_MAX_PENDING_JOBS: "100000000",
  TENANT_CHARS_PER_MONTH: "1000000000000",
  MAX_PENDING_JOBS: "100000000",
});
const bareApi = fork(fileURLToPath(new URL("bare-api.ts", import.meta.url)), [redisServer.url]);

try {
  const [barePort] = (await once(bareApi, "message")) as [number];
  const json = { "content-type": "application/json" };
  const herald: Subject = {
    pool: new Pool(`http://127.0.0.1:${port}`, { connections: CONNECTIONS }),
    headers: () => ({ ...json, authorization: `Bearer ${apiKey}`, "idempotency-key": randomUUID() }),
  };
  const bare: Subject = {
    pool: new Pool(`http://127.0.0.1:${barePort}`, { connections: CONNECTIONS }),
    headers: () => json,
  };
  await waitFor(
    () =>
      post(herald, 1).then(
        () => true,
        () => false,
      ),
    { what: "the API's first answer" },
  );

  const unloaded = await fairWaitP95(redisServer.url, 0);
  const loaded = await fairWaitP95(redisServer.url, LOUD_JOBS);

  const accept = await measure(herald, bare);
  const before = Number(/used_memory:(\d+)/.exec(await redis.info("memory"))?.[1]);
  await fillQueue({ redisUrl: redisServer.url, jobs: DEEP, tenants: TENANTS, text: TEXT });
  const bytes = (Number(/used_memory:(\d+)/.exec(await redis.info("memory"))?.[1]) - before) / DEEP;
  const deep = await measure(herald, bare);
  await Promise.all([herald.pool.close(), bare.pool.close()]);

  printReport({
    bench: "api",
    redis: /redis_version:(\S+)/.exec(await redis.info("server"))?.[1] ?? "unknown",
    results: [
      compared("accept", "jobs/s", accept),
      compared("accept_deep_queue", "jobs/s", { value: deep.value, baseline: accept.value }),
      compared("bare_deep_queue", "jobs/s", { value: deep.baseline, baseline: accept.baseline }),
      alone("jobs_waiting", "jobs", await redis.zcard("{herald}:synthesis:prioritized")),
      alone("bytes_per_pending_job", "bytes", bytes),
      compared("fair_wait_p95", "ms", { value: loaded, baseline: unloaded }),
    ],
  });
} finally {
  bareApi.disconnect();
  await api.stop();
  redis.disconnect();
  await redisServer.stop();
  await rm(directory, { recursive: true, force: true });
}
