import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { s3Error, type S3Answer, type S3Request } from "../../../../tests/support/scripted-s3.ts";
import { openScriptedStorage, stopScriptedServers } from "../../../../tests/support/scripted-storage.ts";
import { openTestS3, type TestS3 } from "../../../../tests/support/test-s3.ts";
import { waitFor } from "../../../../tests/support/wait.ts";
import { describeAudioStorage } from "./audio-storage.contract.ts";
import type { AudioStorage } from "./audio-storage.ts";
import { createS3Storage } from "./s3-storage.ts";
import { parseStorageUrl, type S3Location } from "./storage-location.ts";

let s3: TestS3;

beforeAll(async () => {
  s3 = await openTestS3();
});

afterAll(() => s3.stop());

afterEach(stopScriptedServers);

function openEmpty(): AudioStorage {
  const location = parseStorageUrl(s3.storageUrl()) as S3Location;
  return createS3Storage({ location, onCannotList: () => undefined });
}

describeAudioStorage("an S3 storage", () => Promise.resolve(openEmpty()));

const KEY = "tenant-a/0195f2a0/1f.mp3";
const UNAVAILABLE = { name: "AppError", code: "storage_unavailable" };

async function failureOf(work: Promise<unknown>): Promise<Error & { readonly cause: Error }> {
  return (await work.then(
    () => new Error("nothing failed"),
    (error: unknown) => error,
  )) as Error & { readonly cause: Error };
}

describe("an S3 server that is away", () => {
  it.each<[string, (request: S3Request) => S3Answer]>([
    ["never answers", () => null],
    ["answers that it is broken", () => s3Error(500, "InternalError")],
    ["lost its bucket", () => s3Error(404, "NoSuchBucket")],
  ])(
    "and %s fails whatever is asked of it, soon, with the bucket named in the cause",
    async (_what, answer) => {
      const { storage } = await openScriptedStorage(answer);
      const audio = Readable.from([Buffer.from("audio")]);
      const works = [storage.put(KEY, audio), storage.open(KEY), storage.remove(KEY), storage.check()];

      for (const failure of await Promise.all(works.map(failureOf))) {
        expect(failure).toMatchObject(UNAVAILABLE);
        expect(failure.message).not.toContain("bucket");
        expect(failure.cause.message).toContain('bucket "audio" at http://127.0.0.1');
      }
      expect(audio.destroyed).toBe(true);
    },
  );

  it("and does not answer keeps nobody who gives an upload up, and is asked to remove what may have come of it", async () => {
    const { storage, server } = await openScriptedStorage(() => null);
    const stop = new AbortController();
    const reason = new Error("the job was cancelled");

    const writing = storage.put(KEY, Readable.from([Buffer.from("audio")]), stop.signal);
    await waitFor(() => server.requests.length > 0);
    stop.abort(reason);

    await expect(writing).rejects.toBe(reason);
    await waitFor(() => server.requests.at(-1)?.method === "DELETE");
    expect(server.requests.map(({ method }) => method)).toEqual(["PUT", "DELETE"]);
  });

  it("and falls silent in the middle of audio fails its reader", async () => {
    const headers = { "content-length": "10" };
    const { storage } = await openScriptedStorage(() => ({ headers, body: "01234", staysOpen: true }));

    const audio = await storage.open(KEY);

    await expect(buffer(audio ?? Readable.from([]))).rejects.toThrow("no answer within 100 ms");
  });

  it("and cuts audio off fails its reader", async () => {
    const headers = { "content-length": "10", connection: "close" };
    const { storage, server } = await openScriptedStorage(() => ({
      headers,
      body: "01234",
      staysOpen: true,
    }));
    const audio = await storage.open(KEY);

    const read = failureOf(buffer(audio ?? Readable.from([])));
    await server.stop();

    expect(await read).toMatchObject({ code: "ECONNRESET" });
  });
});

describe("a reader of audio on S3", () => {
  it("who leaves without reading holds no connection", async () => {
    const headers = { "content-length": "10" };
    const { storage, server } = await openScriptedStorage(() => ({
      headers,
      body: "01234",
      staysOpen: true,
    }));
    const audio = await storage.open(KEY);
    expect(await server.connections()).toBe(1);

    audio?.destroy();

    await waitFor(async () => (await server.connections()) === 0, { what: "the connection to be let go" });
  });
});

describe("an upload to S3", () => {
  it("takes no more of its source than a few parts while S3 takes nothing, then gives up and aborts", async () => {
    const { storage, server } = await openScriptedStorage(({ method, query }) => {
      if (query.has("uploads")) return { body: "<R><UploadId>u1</UploadId></R>" };
      return method === "DELETE" ? { status: 204 } : null;
    });
    let taken = 0;
    const endless = new Readable({
      read() {
        taken += 65_536;
        this.push(Buffer.alloc(65_536));
      },
    });

    await expect(storage.put(KEY, endless)).rejects.toMatchObject(UNAVAILABLE);

    expect(taken).toBeLessThan(17 * 2 ** 20);
    expect(endless.destroyed).toBe(true);
    const aborted = server.requests.filter(({ method }) => method === "DELETE");
    expect(aborted.map(({ query }) => query.get("uploadId"))).toEqual(["u1"]);
    const begun = server.requests.find(({ query }) => query.has("uploads"));
    expect(begun?.headers["x-amz-server-side-encryption"]).toBe("AES256");
  });
});

describe("a presigned link to audio on S3", () => {
  const download = {
    method: "GET",
    expiresInSeconds: 60,
    contentType: "audio/mpeg",
    contentDisposition: 'inline; filename="a.mp3"',
    cacheControl: "private, max-age=60",
  } as const;

  it("lets whoever has it read all or a part, under the name and type that were asked for", async () => {
    const storage = openEmpty();
    await storage.put(KEY, Readable.from([Buffer.from("0123456789")]));

    const link = (await storage.presign?.(KEY, download)) ?? "";

    expect(await (await fetch(link)).text()).toBe("0123456789");
    const part = await fetch(link, { headers: { range: "bytes=2-4" } });
    expect([part.status, await part.text()]).toEqual([206, "234"]);
    expect(Object.fromEntries(new URL(link).searchParams)).toMatchObject({
      "X-Amz-Expires": "60",
      "response-content-type": download.contentType,
      "response-content-disposition": download.contentDisposition,
      "response-cache-control": download.cacheControl,
    });
  });

  it("answers HEAD when it was made for it", async () => {
    const storage = openEmpty();
    await storage.put(KEY, Readable.from([Buffer.from("0123456789")]));

    const link = (await storage.presign?.(KEY, { ...download, method: "HEAD" })) ?? "";

    const answer = await fetch(link, { method: "HEAD" });
    expect([answer.status, answer.headers.get("content-length")]).toEqual([200, "10"]);
  });

  it("is not made for audio that is not there, nor while S3 is away", async () => {
    const { storage } = await openScriptedStorage(() => null);

    expect(await openEmpty().presign?.(KEY, download)).toBeNull();
    await expect(storage.presign?.(KEY, download)).rejects.toMatchObject(UNAVAILABLE);
  });
});
