import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { namesReadBy } from "@herald/platform/settings/read-by";
import { readSettings } from "@herald/platform/settings/read-settings";
import { newFence } from "@herald/shared/jobs/ids";
import { queueNames } from "@herald/queue/queues/entries";
import { createSynthesisQueue } from "@herald/queue/queues/queues";
import type { Logger } from "@herald/platform/logging/logger";
import { generateApiKey } from "@herald/shared/signing/api-key";
import { createJobStore } from "@herald/jobs/record/job-store";
import { announcePresence } from "@herald/queue/worker/presence";
import { Redis } from "ioredis";
import { startRedis, type TestRedis } from "../../../tests/support/redis.ts";
import { openTestDeployment, type TestDeployment } from "../../../tests/support/test-redis.ts";
import { freePort, waitFor } from "../../../tests/support/wait.ts";
import { startApi } from "./start-api.ts";

interface JobView {
  readonly job_id: string;
  readonly status: string;
  readonly created_at: string;
}

interface PageView {
  readonly data: readonly JobView[];
  readonly has_more: boolean;
  readonly next_cursor: string | null;
}

interface ErrorView {
  readonly error: { readonly code: string };
}

const SILENT: Logger = { debug: noop, info: noop, warn: noop, error: noop };
function noop(): void {
  return undefined;
}

const opened: { stop(): Promise<void> }[] = [];

afterEach(async () => {
  for (const part of opened.splice(0).reverse()) await part.stop();
});

/** The API as main.ts starts it, and a client that holds its bootstrap key. */
async function startTestApi(redisUrl: string, tag: string) {
  const directory = await mkdtemp(join(tmpdir(), "herald-api-"));
  const key = generateApiKey();
  const env = {
    HOST: "127.0.0.1",
    PORT: String(await freePort()),
    REDIS_URL: redisUrl,
    STORAGE_URL: pathToFileURL(directory).href,
    BOOTSTRAP_API_KEY: key,
    AUDIO_LINK_SECRET: Buffer.alloc(32, 1).toString("base64"),
    ENCRYPTION_KEY: Buffer.alloc(32, 2).toString("base64"),
    WEBHOOK_ALLOW_CIDRS: "127.0.0.0/8",
    SHUTDOWN_DELAY: "0s",
  };
  const settings = readSettings(env, namesReadBy("api"));
  const api = await startApi({ ...settings, HERALD_TAG: tag }, SILENT);
  opened.push({
    async stop() {
      await api.stop();
      await rm(directory, { recursive: true });
    },
  });
  return createClient(`http://127.0.0.1:${api.port}`, key);
}

function createClient(url: string, key: string) {
  const call = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${url}${path}`, {
      ...init,
      headers: {
        authorization: `Bearer ${key}`,
        "content-type": "application/json",
        ...(init.headers as Record<string, string> | undefined),
      },
    });
  const post = (body: object, headers: Record<string, string> = {}): Promise<Response> =>
    call("/v1/tts/async", { method: "POST", body: JSON.stringify(body), headers });
  return {
    call,
    post,
    as: (otherKey: string) => createClient(url, otherKey),
    isServing: () => call("/v1/jobs").then(({ status }) => status === 200),
    async submit(body: object = { text: "Hello there." }): Promise<JobView> {
      return (await (await post(body)).json()) as JobView;
    },
  };
}

describe("the API on Redis", () => {
  let deployment: TestDeployment;
  let client: Awaited<ReturnType<typeof startTestApi>>;

  beforeEach(async () => {
    deployment = openTestDeployment();
    opened.push({ stop: () => deployment.close() });
    client = await startTestApi(deployment.url, deployment.keys.queuePrefix.slice(1, -1));
    await waitFor(() => client.isServing(), { what: "the bootstrap key" });
  });

  function openQueue() {
    const queue = createSynthesisQueue({
      redis: deployment.redis,
      prefix: deployment.keys.queuePrefix,
      attempts: 3,
    });
    opened.push(queue);
    return queue;
  }

  async function makeKey(tenant: string): Promise<string> {
    const body = JSON.stringify({ tenant, role: "consumer" });
    const response = await client.call("/v1/keys", { method: "POST", body });
    return ((await response.json()) as { key: string }).key;
  }

  it("makes one job and one queue entry of 100 equal posts at once with one Idempotency-Key", async () => {
    const posts = Array.from({ length: 100 }, () =>
      client.post({ text: "Hello there." }, { "idempotency-key": "order-7" }),
    );

    const answers = await Promise.all(posts);

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    const jobs = (await Promise.all(answers.map((answer) => answer.json()))) as JobView[];
    expect(new Set(jobs.map((job) => `${job.job_id} ${job.created_at}`)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get("idempotent-replayed") === "true")).toHaveLength(99);
    expect(await openQueue().counts()).toMatchObject({ prioritized: 1, waiting: 0 });
    expect(((await (await client.call("/v1/jobs")).json()) as PageView).data).toHaveLength(1);
  });

  it("takes no job from a key that was removed a moment ago, although it had just taken one", async () => {
    const body = JSON.stringify({ tenant: "beta", role: "consumer" });
    const made = await client.call("/v1/keys", { method: "POST", body });
    const { key, key_id } = (await made.json()) as { key: string; key_id: string };
    const before = await client.as(key).post({ text: "Hello there." });
    await client.call(`/v1/keys/${key_id}`, { method: "DELETE" });

    const after = await client.as(key).post({ text: "Hello there." });

    expect([before.status, after.status]).toEqual([202, 401]);
    expect(((await after.json()) as ErrorView).error.code).toBe("invalid_api_key");
  });

  it("answers 409 to another body under the same Idempotency-Key, and to nobody else", async () => {
    const headers = { "idempotency-key": "order-7" };
    await client.post({ text: "Hello there." }, headers);

    const reused = await client.post({ text: "Something else." }, headers);
    const elsewhere = await client.as(await makeKey("beta")).post({ text: "Something else." }, headers);

    expect(reused.status).toBe(409);
    expect(reused.headers.get("x-should-retry")).toBe("false");
    expect(((await reused.json()) as ErrorView).error.code).toBe("idempotency_key_reused");
    expect(elsewhere.status).toBe(202);
  });

  it("hides a tenant's jobs from every other, in every route", async () => {
    const { job_id: jobId } = await client.submit();
    const other = client.as(await makeKey("beta"));

    const answers = await Promise.all([
      other.call(`/v1/jobs/${jobId}`),
      other.call(`/v1/jobs/${jobId}/audio`),
      other.call(`/v1/jobs/${jobId}/deliveries`),
      other.call(`/v1/jobs/${jobId}`, { method: "DELETE" }),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    expect(await (await other.call("/v1/jobs")).json()).toMatchObject({ data: [] });
    expect(await (await client.call(`/v1/jobs/${jobId}`)).json()).toMatchObject({ status: "pending" });
  });

  it("pages through all jobs without gaps or repeats, newest first, while new ones arrive", async () => {
    const made: string[] = [];
    for (let i = 0; i < 25; i++) made.unshift((await client.submit()).job_id);

    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const response = await client.call(`/v1/jobs?limit=10${cursor === "" ? "" : `&cursor=${cursor}`}`);
      const page = (await response.json()) as PageView;
      seen.push(...page.data.map((job) => job.job_id));
      cursor = page.next_cursor;
      await client.submit();
    }

    expect(seen).toEqual(made);
  });

  it("cancels a pending job, takes its entry from the queue, and says job_finished the second time", async () => {
    const { job_id: jobId } = await client.submit();
    const cancel = () => client.call(`/v1/jobs/${jobId}`, { method: "DELETE" });

    const first = await cancel();
    const second = await cancel();

    expect(first.status).toBe(200);
    expect(await first.json()).toMatchObject({ status: "cancelled", finished_at: expect.any(String) });
    expect(await openQueue().statesOf([jobId])).toEqual(["missing"]);
    expect(second.status).toBe(409);
    expect(((await second.json()) as ErrorView).error.code).toBe("job_finished");
  });

  it("lets one of a cancellation and a worker's claim win, and answers accordingly", async () => {
    const jobs = createJobStore(deployment.redis, deployment.keys);
    const outcomes = new Set<string>();
    for (let i = 0; i < 20; i++) {
      const { job_id: jobId } = await client.submit();
      await deployment.redis.set(deployment.keys.entryLock(queueNames.synthesis, jobId), "token");
      const claiming = jobs.claim({
        ref: { tenant: "default", jobId },
        fence: newFence(),
        token: "token",
        now: new Date(),
      });
      const response = await client.call(`/v1/jobs/${jobId}`, { method: "DELETE" });
      const claim = await claiming;
      outcomes.add(`${claim.kind} ${response.status}`);
    }

    for (const outcome of outcomes) expect(["claimed 409", "finished 200"]).toContain(outcome);
  });

  it("is ready while a synthesis worker is alive, and not before", async () => {
    const before = await client.call("/health/ready");
    const { redis, keys } = deployment;
    const presence = { redis, keys, queue: queueNames.synthesis, workerId: "w1", onError: noop };
    opened.push(announcePresence(presence));

    expect(before.status).toBe(503);
    expect(await before.json()).toMatchObject({ checks: { redis: "ok", synthesis_worker: "unavailable" } });
    await waitFor(async () => (await client.call("/health/ready")).status === 200);
  });

  it("counts its requests by route and shows the queue", async () => {
    await client.submit();

    const text = await (await client.call("/metrics")).text();

    expect(text).toMatch(
      /herald_http_requests_total\{route="\/v1\/tts\/async",method="POST",status="202",process="api"\} 1/,
    );
    expect(text).toMatch(/herald_queue_jobs\{queue="synthesis",state="prioritized",process="api"\} 1/);
  });
});

describe("the API while Redis is away", () => {
  let redis: TestRedis;

  beforeEach(async () => {
    redis = await startRedis();
    opened.push(redis);
  });

  async function timed(call: () => Promise<Response>) {
    const begun = performance.now();
    const response = await call();
    return { response, tookMs: performance.now() - begun };
  }

  async function expectUnavailable(client: ReturnType<typeof createClient>): Promise<void> {
    const answers = await Promise.all([
      timed(() => client.call("/v1/jobs")),
      timed(() => client.call("/v1/voices")),
      timed(() => client.post({ text: "Hello there." })),
      timed(() => client.call("/v1/jobs/019ab0c1-0000-7000-8000-000000000000", { method: "DELETE" })),
    ]);
    for (const { response, tookMs } of answers) {
      expect(response.status).toBe(503);
      expect(response.headers.get("retry-after")).not.toBeNull();
      expect(((await response.json()) as ErrorView).error.code).toBe("redis_unavailable");
      expect(tookMs).toBeLessThan(1500);
    }
    expect((await client.call("/health/ready")).status).toBe(503);
    expect((await client.call("/health/live")).status).toBe(200);
    expect((await timed(() => client.call("/metrics"))).tookMs).toBeLessThan(1500);
  }

  async function pidOf(url: string): Promise<number> {
    const probe = new Redis(url);
    const info = await probe.info("server");
    probe.disconnect();
    return Number(/process_id:(\d+)/.exec(info)?.[1]);
  }

  async function isAnswering(url: string): Promise<boolean> {
    const probe = new Redis(url, { lazyConnect: true, retryStrategy: () => null }).on("error", noop);
    const pong = await probe.connect().then(
      () => true,
      () => false,
    );
    probe.disconnect();
    return pong;
  }

  /** Redis arrives at a port where there was nothing. */
  async function openDoor(port: number, redisPort: number): Promise<void> {
    const sockets = new Set<Socket>();
    const door = createServer((inner) => {
      const outer = connect(redisPort, "127.0.0.1");
      for (const socket of [inner, outer]) sockets.add(socket.on("error", noop));
      inner.pipe(outer).pipe(inner);
    }).listen(port, "127.0.0.1");
    await once(door, "listening");
    opened.unshift({
      async stop() {
        for (const socket of sockets) socket.destroy();
        door.close();
        await once(door, "close");
      },
    });
  }

  it("answers 503 in time when Redis is frozen, and serves within 3 s of its thaw", async () => {
    const client = await startTestApi(redis.url, "frozen");
    await waitFor(() => client.isServing());
    const pid = await pidOf(redis.url);

    process.kill(pid, "SIGSTOP");
    await expectUnavailable(client).finally(() => process.kill(pid, "SIGCONT"));
    await waitFor(() => client.isServing(), { timeoutMs: 3000 });

    expect((await client.post({ text: "Hello there." })).status).toBe(202);
  });

  it("answers 503 in time when Redis reads but does not write", async () => {
    const client = await startTestApi(redis.url, "paused");
    await waitFor(() => client.isServing());
    const admin = new Redis(redis.url);
    await admin.call("CLIENT", "PAUSE", "60000", "WRITE");

    const { response, tookMs } = await timed(() => client.post({ text: "Hello there." }));
    await admin.call("CLIENT", "UNPAUSE");
    admin.disconnect();

    expect(response.status).toBe(503);
    expect(tookMs).toBeLessThan(1500);
  });

  it("answers 503 in time when Redis was killed, and serves within 3 s of its return, with the jobs it had", async () => {
    const client = await startTestApi(redis.url, "killed");
    await waitFor(() => client.isServing());
    const { job_id: jobId } = await client.submit();

    process.kill(await pidOf(redis.url), "SIGKILL");
    await expectUnavailable(client);

    await waitFor(() => isAnswering(redis.url));
    await waitFor(() => client.isServing(), { timeoutMs: 3000 });
    expect((await client.call(`/v1/jobs/${jobId}`)).status).toBe(200);
  });

  it("starts without Redis, says so, and serves within 3 s of its arrival", async () => {
    const url = new URL(redis.url);
    url.port = String(await freePort());
    const client = await startTestApi(url.href, "absent");

    await expectUnavailable(client);
    await openDoor(Number(url.port), Number(new URL(redis.url).port));

    await waitFor(() => client.isServing(), { timeoutMs: 3000 });
    expect((await client.post({ text: "Hello there." })).status).toBe(202);
  });
});
