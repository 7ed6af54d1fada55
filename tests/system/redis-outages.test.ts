import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startHerald, type Herald } from "../support/herald.ts";
import { createOwnRedis, type OwnRedis } from "../support/own-redis.ts";
import { startReceiver } from "../support/receiver.ts";
import { askEveryRoute, msUntilBack, signInToBoard } from "../support/redis-outage.ts";
import { startSeverableProxy, type SeverableProxy } from "../support/severable-proxy.ts";
import { waitFor } from "../support/wait.ts";
import { verifyEvent } from "../support/webhooks.ts";

const ANSWERED_WITHIN_MS = 1_500;
const BACK_WITHIN_MS = 3_000;
const JOBS = 60;
const TEXT = "This job is long enough to be caught in the middle of its work. ".repeat(4);

async function expectUnavailable(herald: Herald, session: string | null): Promise<void> {
  const answers = await askEveryRoute(herald, session);

  expect(answers.map(({ route, status, code }) => ({ route, status, code }))).toEqual(
    answers.map(({ route }) => ({ route, status: 503, code: "redis_unavailable" })),
  );
  expect(answers.filter(({ retryAfter }) => !(Number(retryAfter) > 0))).toEqual([]);
  expect(answers.filter(({ tookMs }) => tookMs >= ANSWERED_WITHIN_MS)).toEqual([]);
  expect((await fetch(`${herald.url}/health/live`)).status).toBe(200);
}

describe("Redis failing under load", () => {
  let redis: OwnRedis;
  let herald: Herald;
  let session: string;

  beforeAll(async () => {
    redis = await createOwnRedis();
    await redis.start();
    herald = await startHerald({ redis, synthesisWorkers: 2 });
    session = await signInToBoard(herald);
  }, 60_000);

  afterAll(() => herald.stop(), 60_000);

  interface Load {
    /** Every job completed, each webhook delivered, once. */
    finished(): Promise<void>;
  }

  /** Resolves in the middle of the work. */
  async function startLoad(): Promise<Load> {
    const receiver = await startReceiver();
    const submission = { text: TEXT, format: "wav", webhook_url: receiver.url };
    const jobs = await Promise.all(Array.from({ length: JOBS }, () => herald.client.submit(submission)));
    await receiver.waitForCount(1);
    return {
      async finished() {
        const ended = await Promise.all(
          jobs.map(({ job_id }) => herald.client.webhookSettled(job_id, 60_000)),
        );
        expect(ended.map(({ status, webhook }) => [status, webhook.status])).toEqual(
          jobs.map(() => ["completed", "delivered"]),
        );
        const told = receiver.requests.map((request) => verifyEvent(request, herald.webhookSecret).id);
        expect(new Set(told).size).toBe(JOBS);
        await receiver.stop();
      },
    };
  }

  it("by kill -9: answers 503, and is back by itself with nothing lost once Redis is", async () => {
    const load = await startLoad();

    await redis.kill();
    await expectUnavailable(herald, session);
    await redis.start();

    expect(await msUntilBack(herald)).toBeLessThan(BACK_WITHIN_MS);
    await load.finished();
  }, 90_000);

  it("by freezing: answers 503, and is back by itself with nothing lost once Redis is", async () => {
    const load = await startLoad();

    redis.freeze();
    await expectUnavailable(herald, session);
    await expectUnavailable(herald, session); // Also once its connections have been given up.
    await expectUnavailable(herald, session);
    redis.thaw();

    expect(await msUntilBack(herald)).toBeLessThan(BACK_WITHIN_MS);
    await load.finished();
  }, 90_000);

  it("by want of memory: refuses new jobs with 503, answers about the others, and goes on once there is room", async () => {
    const load = await startLoad();

    await redis.ask((client) => client.config("SET", "maxmemory", "1"));
    const [refused, listed] = await Promise.all([
      herald.client.request("/v1/tts/async", { method: "POST", body: JSON.stringify({ text: TEXT }) }),
      herald.client.request("/v1/jobs"),
    ]);
    const rejections = (app: { output(): string }) => app.output().split("OOM command").length;
    await waitFor(() => herald.synthesisWorkers.every((worker) => rejections(worker) > 1));
    await redis.ask((client) => client.config("SET", "maxmemory", "0"));

    expect(await msUntilBack(herald)).toBeLessThan(BACK_WITHIN_MS);
    expect([refused.status, refused.headers.has("retry-after"), listed.status]).toEqual([503, true, 200]);
    const { error } = (await refused.json()) as { readonly error: { readonly code: string } };
    // By Redis itself, or by the API, which has read by now how little memory is left.
    expect(["redis_unavailable", "queue_full"]).toContain(error.code);
    await load.finished();
  }, 90_000);

  it("by forgetting its scripts: nobody notices", async () => {
    const load = await startLoad();

    await redis.ask((client) => client.script("FLUSH"));

    expect(await msUntilBack(herald)).toBeLessThan(BACK_WITHIN_MS);
    await load.finished();
  }, 90_000);
});

describe("Redis out of reach", () => {
  let redis: OwnRedis;
  let proxy: SeverableProxy;
  let herald: Herald;

  beforeAll(async () => {
    redis = await createOwnRedis();
    await redis.start();
    proxy = await startSeverableProxy(redis.url);
    await proxy.close();
    const reached = { url: proxy.url, stop: () => redis.stop() };
    herald = await startHerald({ redis: reached, synthesisWorkers: 2, awaitReadiness: false });
  }, 60_000);

  afterAll(async () => {
    await herald.stop();
    await proxy.close();
  }, 60_000);

  it("from the beginning: answers 503 until it comes, then needs no restart", async () => {
    const isLive = () =>
      fetch(`${herald.url}/health/live`).then(
        ({ ok }) => ok,
        () => false,
      );
    await waitFor(isLive, { timeoutMs: 30_000, what: "the API to listen" });
    await expectUnavailable(herald, null);

    await proxy.reopen();

    // Ready means that a worker has said that it is there, too.
    await waitFor(() => herald.client.isReady(), { timeoutMs: BACK_WITHIN_MS, what: "readiness" });
    expect(await msUntilBack(herald)).toBeGreaterThan(0);
  }, 90_000);

  it("for 25 s behind a cable that was cut without a word: all find another way once there is one", async () => {
    const session = await signInToBoard(herald);
    const jobs = await Promise.all(Array.from({ length: JOBS }, () => herald.client.submit({ text: TEXT })));

    proxy.sever();
    await expectUnavailable(herald, session);
    await sleep(25_000); // As long as it is: longer than locks last, and than a silent connection is kept.
    await expectUnavailable(herald, session);
    proxy.abandon();

    expect(await msUntilBack(herald)).toBeLessThan(BACK_WITHIN_MS);
    const ended = await Promise.all(jobs.map(({ job_id }) => herald.client.ended(job_id, 60_000)));
    expect(ended.map(({ status }) => status)).toEqual(jobs.map(() => "completed"));
  }, 120_000);
});
