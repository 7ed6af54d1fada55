import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { describe, expect, it } from "@jest/globals";
import type { Job } from "@herald/shared/jobs/job";
import { AUDIO_BYTES, fakeCompletedJob, fakeJob, NOW } from "../testing/fake-job.ts";
import { setupApp, type AllDeps } from "../testing/setup-app.ts";

const ETAG = `"${"a".repeat(64)}"`;

function setup(job: Job = fakeCompletedJob(), overrides: Partial<AllDeps> = {}) {
  const { app, api, key, jobs, lines } = setupApp(overrides);
  jobs.set(job.id, job);
  const path = `/v1/jobs/${job.id}/audio`;
  const get = (headers: Record<string, string> = {}) =>
    api.get(path).auth(key, { type: "bearer" }).set(headers).buffer(true).parse(asBuffer);
  return { app, api, key, path, get, job, lines };
}

type Parse = Parameters<ReturnType<ReturnType<typeof setup>["api"]["get"]>["parse"]>[0];
const asBuffer: Parse = (res, done) => {
  const chunks: Buffer[] = [];
  res.on("data", (chunk: Buffer | string) => chunks.push(Buffer.from(chunk as Buffer)));
  res.on("end", () => {
    done(null, Buffer.concat(chunks));
  });
};

describe("GET /v1/jobs/:job_id/audio", () => {
  it("answers the whole file, named and dated for a player and a cache of its owner's", async () => {
    const { get, job } = setup();

    const response = await get();

    expect(response.status).toBe(200);
    expect(response.body).toEqual(AUDIO_BYTES);
    expect(response.headers).toMatchObject({
      "content-type": "audio/mpeg",
      "content-length": "10",
      "accept-ranges": "bytes",
      etag: ETAG,
      "cache-control": "private, max-age=3600",
      "content-disposition": `inline; filename="${job.id}.mp3"`,
      "cross-origin-resource-policy": "cross-origin",
    });
  });

  it("answers HEAD with the same headers and no file", async () => {
    const opened: string[] = [];
    const { api, key, path } = setup(fakeCompletedJob(), {
      storage: {
        open(audioKey) {
          opened.push(audioKey);
          return Promise.resolve(null);
        },
      },
    });

    const response = await api.head(path).auth(key, { type: "bearer" }).set("range", "bytes=0-1");

    expect(response.status).toBe(200);
    expect(response.headers).toMatchObject({ "content-length": "10", etag: ETAG, "accept-ranges": "bytes" });
    expect(opened).toEqual([]);
  });

  it("answers one range with 206", async () => {
    const { get } = setup();

    const response = await get({ range: "bytes=2-4" });

    expect(response.status).toBe(206);
    expect(response.body).toEqual(Buffer.from("234"));
    expect(response.headers).toMatchObject({ "content-range": "bytes 2-4/10", "content-length": "3" });
  });

  it("answers several ranges with the whole", async () => {
    const { get } = setup();

    const response = await get({ range: "bytes=0-1,4-5" });

    expect(response.status).toBe(200);
    expect(response.body).toEqual(AUDIO_BYTES);
  });

  it("answers 416 with the size to a range outside the file", async () => {
    const { get } = setup();

    const response = await get({ range: "bytes=10-" });

    expect(response.status).toBe(416);
    expect(response.headers["content-range"]).toBe("bytes */10");
    expect(JSON.parse(String(response.body))).toMatchObject({
      error: { code: "range_not_satisfiable", param: "Range" },
    });
  });

  it.each([
    [ETAG, 206],
    ['"other"', 200],
    [`W/${ETAG}`, 200],
    ["Sun, 01 Mar 2026 12:00:00 GMT", 200],
  ])("with If-Range: %s answers %d", async (version, status) => {
    const { get } = setup();

    expect((await get({ range: "bytes=0-1", "if-range": version })).status).toBe(status);
  });

  it.each([ETAG, `W/${ETAG}`, `"x", ${ETAG}`, "*"])("answers 304 to If-None-Match: %s", async (version) => {
    const { get } = setup();

    const response = await get({ "if-none-match": version, range: "bytes=99-" });

    expect(response.status).toBe(304);
    expect(response.headers["etag"]).toBe(ETAG);
    expect(response.body).toHaveLength(0);
  });

  it("answers 409 audio_not_ready before the job is completed", async () => {
    const { get } = setup(fakeJob({ status: "processing" }));

    const response = await get();

    expect(response.status).toBe(409);
    expect(JSON.parse(String(response.body))).toMatchObject({ error: { code: "audio_not_ready" } });
  });

  it.each([
    ["was deleted", { ...fakeCompletedJob(), audioExpired: true }],
    ["is due to be", fakeCompletedJob({ expiresAt: NOW.getTime() })],
  ])("answers 410 audio_expired when the file %s", async (_when, job) => {
    const { get } = setup(job);

    const response = await get();

    expect(response.status).toBe(410);
    expect(response.headers["cache-control"]).toBe("no-store");
    expect(JSON.parse(String(response.body))).toMatchObject({ error: { code: "audio_expired" } });
  });

  it("answers 503 as JSON, not a broken file, when the storage has lost it", async () => {
    const { get } = setup(fakeCompletedJob(), { storage: { open: () => Promise.resolve(null) } });

    const response = await get();

    expect(response.status).toBe(503);
    expect(response.headers["content-type"]).toMatch(/json/);
    expect(response.headers).not.toHaveProperty("etag");
    expect(JSON.parse(String(response.body))).toMatchObject({ error: { code: "storage_unavailable" } });
  });

  it("cuts the connection when the storage fails half-way, so that no part passes for the whole", async () => {
    const { get, lines } = setup(fakeCompletedJob(), {
      storage: {
        open: () =>
          Promise.resolve(
            Readable.from(
              (function* () {
                yield Buffer.from("012");
                throw new Error("disk gone");
              })(),
            ),
          ),
      },
    });

    await expect(get()).rejects.toThrow(/aborted|hang up/);
    expect(lines).toMatchObject([{ level: "warn", code: "storage_unavailable", aborted: true }]);
  });

  it.each(["012", "0123456789x"])(
    "cuts the connection when the file is %s, not of the job's length",
    async (file) => {
      const { get, lines } = setup(fakeCompletedJob(), {
        storage: { open: () => Promise.resolve(Readable.from([Buffer.from(file)])) },
      });

      await expect(get()).rejects.toThrow(/aborted|hang up/);
      expect(lines).toMatchObject([{ level: "warn", code: "storage_unavailable" }]);
    },
  );

  it("lets go of the file when the client goes away, and calls that no failure", async () => {
    const endless = new Readable({
      read() {
        this.push(Buffer.alloc(65_536));
      },
    });
    const job = fakeCompletedJob({ bytes: 1e9 });
    const { app, key, path, lines } = setup(job, { storage: { open: () => Promise.resolve(endless) } });
    const server = app.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const leave = new AbortController();
    await fetch(`http://127.0.0.1:${port}${path}`, {
      headers: { authorization: `Bearer ${key}` },
      signal: leave.signal,
    });

    leave.abort();
    await new Promise((resolve) => endless.once("close", resolve));

    server.close();
    await once(server, "close");
    expect(lines).toMatchObject([{ level: "info", status: 200, aborted: true }]);
  });
});

describe("the signed link of a job's audio", () => {
  it("needs no key", async () => {
    const { api, path } = setup();

    const response = await api.get(`${path}?token=genuine`);

    expect(response.status).toBe(200);
  });

  it("is refused when it is not genuine", async () => {
    const { api, path } = setup();

    const response = await api.get(`${path}?token=forged`);

    expect(response.status).toBe(403);
    expect(response.body).toMatchObject({ error: { code: "invalid_link", param: "token" } });
  });

  it("is refused when it is given twice, as two texts are no token", async () => {
    const { api, path } = setup();

    expect((await api.get(`${path}?token=genuine&token=genuine`)).status).toBe(403);
  });

  it("says 410 when it was good once", async () => {
    const { api, path } = setup(fakeCompletedJob(), { verifyAudioLink: () => "expired" });

    const response = await api.get(`${path}?token=old`);

    expect(response.status).toBe(410);
    expect(response.body).toMatchObject({ error: { code: "audio_expired" } });
  });
});
