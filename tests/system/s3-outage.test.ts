import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { JobView } from "../support/client.ts";
import { startHerald, type Herald } from "../support/herald.ts";
import { startSeverableProxy, type SeverableProxy } from "../support/severable-proxy.ts";
import { openTestS3, type TestS3 } from "../support/test-s3.ts";
import { waitFor } from "../support/wait.ts";

const JOBS = 30;

describe("S3 going away while jobs run, and coming back", () => {
  let s3: TestS3;
  let proxy: SeverableProxy;
  let herald: Herald;

  beforeAll(async () => {
    s3 = await openTestS3();
    proxy = await startSeverableProxy(s3.endpoint);
    const env = { ...s3.env, STORAGE_URL: s3.storageUrl(new URL(proxy.url).origin) };
    herald = await startHerald({ synthesisWorkers: 2, env });
  }, 60_000);

  afterAll(async () => {
    await herald.stop();
    await proxy.close();
    await s3.stop();
  }, 60_000);

  async function complete(): Promise<JobView> {
    const { job_id } = await herald.client.submit({ text: "One sentence.", format: "wav" });
    return herald.client.ended(job_id);
  }

  async function isServedWhole({ audio }: JobView): Promise<boolean> {
    const download = await fetch(audio?.url ?? "");
    const bytes = Buffer.from(await download.arrayBuffer());
    return download.ok && createHash("sha256").update(bytes).digest("hex") === audio?.sha256;
  }

  it("completes every job, once it is back, and serves no half of any", async () => {
    const before = await complete();
    const text = "This job is long enough to be caught in the middle of its work. ".repeat(10);
    const submitted = await Promise.all(
      Array.from({ length: JOBS }, () => herald.client.submit({ text, format: "wav" })),
    );
    const workerOutput = () => herald.synthesisWorkers.map((worker) => worker.output()).join("");

    await proxy.close();
    const refused = await fetch(before.audio?.url ?? "");
    await waitFor(() => workerOutput().includes("storage.lost"), {
      what: "a worker that met the outage",
    });
    await proxy.reopen();
    const jobs = await Promise.all(submitted.map(({ job_id }) => herald.client.ended(job_id, 60_000)));

    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ error: { code: "storage_unavailable" } });
    expect(new Set(jobs.map(({ status }) => status))).toEqual(new Set(["completed"]));
    expect(jobs.some(({ attempts }) => attempts > 1)).toBe(true);
    expect(await Promise.all([before, ...jobs].map(isServedWhole))).not.toContain(false);
  }, 120_000);

  it("makes every process that needs it not ready, but lets it live, and needs no restart", async () => {
    await proxy.close();
    await waitFor(async () => !(await herald.client.isReady()), { what: "the API to notice" });
    const live = await fetch(`${herald.url}/health/live`);
    await proxy.reopen();

    expect(live.status).toBe(200);
    await waitFor(() => herald.client.isReady(), { what: "the API to be ready again" });
    expect(await isServedWhole(await complete())).toBe(true);
  }, 60_000);

  it("tells no client where the storage is", async () => {
    const { audio } = await complete();
    await proxy.close();

    const refused = await (await fetch(audio?.url ?? "")).text();
    await proxy.reopen();

    expect(refused).not.toMatch(/bucket|127\.0\.0\.1|ECONNREFUSED/);
    expect(herald.api.output()).toContain(`at ${new URL(proxy.url).origin} cannot be reached`);
  }, 60_000);
});

describe("downloads that are redirected to S3", () => {
  let s3: TestS3;
  let herald: Herald;

  beforeAll(async () => {
    s3 = await openTestS3();
    const env = { ...s3.env, STORAGE_URL: s3.storageUrl(), S3_DOWNLOADS: "redirect" };
    herald = await startHerald({ env });
  }, 60_000);

  afterAll(async () => {
    await herald.stop();
    await s3.stop();
  }, 60_000);

  it("come from S3 itself, whole, in part and for HEAD, and leave no link in a log", async () => {
    const { job_id } = await herald.client.submit({ text: "One sentence.", format: "wav" });
    const { audio } = await herald.client.ended(job_id);
    const url = audio?.url ?? "";

    const whole = await fetch(url);
    const part = await fetch(url, { headers: { range: "bytes=0-3" } });
    const head = await fetch(url, { method: "HEAD" });

    expect(new URL(whole.url).searchParams.has("X-Amz-Signature")).toBe(true);
    const bytes = Buffer.from(await whole.arrayBuffer());
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(audio?.sha256);
    expect([part.status, await part.text()]).toEqual([206, "RIFF"]);
    expect([head.status, head.headers.get("content-length")]).toEqual([200, String(audio?.bytes)]);
    expect(herald.api.output()).not.toContain("X-Amz");
  }, 60_000);
});
