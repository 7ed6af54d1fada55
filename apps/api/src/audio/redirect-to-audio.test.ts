import { describe, expect, it } from "@jest/globals";
import { AppError } from "@herald/shared/errors";
import type { DirectDownload } from "@herald/shared/storage/audio-storage";
import { fakeCompletedJob, NOW } from "../testing/fake-job.ts";
import { setupApp, type AllDeps } from "../testing/setup-app.ts";

const LINK = "https://s3.example/audio/1.mp3?X-Amz-Signature=5ec3e7&x=%2B";

function setup(presign: AllDeps["presign"] | null = null, job = fakeCompletedJob()) {
  const asked: DirectDownload[] = [];
  const opened: string[] = [];
  const { api, key, jobs, lines } = setupApp({
    presign:
      presign ??
      ((_key, download) => {
        asked.push(download);
        return Promise.resolve(LINK);
      }),
    storage: {
      open(audioKey) {
        opened.push(audioKey);
        return Promise.resolve(null);
      },
    },
  });
  jobs.set(job.id, job);
  const path = `/v1/jobs/${job.id}/audio`;
  const get = (headers: Record<string, string> = {}) =>
    api.get(path).auth(key, { type: "bearer" }).redirects(0).set(headers);
  return { api, key, path, get, job, asked, opened, lines };
}

describe("GET /v1/jobs/:job_id/audio, where downloads are redirected", () => {
  it("sends the client to a link that soon expires and names the file as it would itself", async () => {
    const { get, job, asked, opened } = setup();

    const response = await get();

    expect(response.status).toBe(307);
    expect(response.headers).toMatchObject({ location: LINK, "cache-control": "no-store" });
    expect(response.headers["etag"]).toBeUndefined();
    expect(response.text).toBe("");
    expect(asked).toEqual([
      {
        method: "GET",
        expiresInSeconds: 300,
        contentType: "audio/mpeg",
        contentDisposition: `inline; filename="${job.id}.mp3"`,
        cacheControl: "private, max-age=3600",
      },
    ]);
    expect(opened).toEqual([]);
  });

  it("sends HEAD to a link that was made for HEAD", async () => {
    const { api, key, path, asked } = setup();

    const response = await api.head(path).auth(key, { type: "bearer" }).redirects(0);

    expect(response.status).toBe(307);
    expect(asked.map(({ method }) => method)).toEqual(["HEAD"]);
  });

  it("makes no link that outlives the audio", async () => {
    const { get, asked } = setup(null, fakeCompletedJob({ expiresAt: NOW.getTime() + 30_000 }));

    await get();

    expect(asked[0]).toMatchObject({ expiresInSeconds: 30, cacheControl: "private, max-age=30" });
  });

  it("leaves ranges to the storage, but for those outside the file", async () => {
    const { get, asked } = setup();

    expect((await get({ range: "bytes=2-4" })).status).toBe(307);
    expect((await get({ range: "bytes=10-" })).status).toBe(416);

    expect(asked).toHaveLength(1);
  });

  it("gives nobody a link without a key or a signed link", async () => {
    const { api, path, asked } = setup();

    expect((await api.get(path).redirects(0)).status).toBe(401);

    expect(asked).toEqual([]);
  });

  it("logs no link", async () => {
    const { get, lines } = setup();

    await get();

    expect(lines.map(({ event }) => event)).toEqual(["request.finished"]);
    expect(JSON.stringify(lines)).not.toContain("5ec3e7");
  });

  it.each<[string, NonNullable<AllDeps["presign"]>]>([
    ["the audio is not there", () => Promise.resolve(null)],
    ["the storage is away", () => Promise.reject(new AppError("storage_unavailable", "away"))],
  ])("answers 503 storage_unavailable, and redirects nowhere, while %s", async (_what, presign) => {
    const response = await setup(presign).get();

    expect(response.status).toBe(503);
    expect(response.headers["location"]).toBeUndefined();
    expect(response.body).toMatchObject({ error: { code: "storage_unavailable" } });
  });
});
