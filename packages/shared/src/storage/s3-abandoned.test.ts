import { afterEach, describe, expect, it } from "@jest/globals";
import { s3Error } from "../../../../tests/support/scripted-s3.ts";
import { openScriptedStorage, stopScriptedServers } from "../../../../tests/support/scripted-storage.ts";

afterEach(stopScriptedServers);

describe("clearing away uploads that were interrupted", () => {
  const upload = (key: string, id: string, initiated: string) =>
    `<Upload><Key>${key}</Key><UploadId>${id}</UploadId><Initiated>${initiated}</Initiated></Upload>`;
  const OLD = "2026-01-01T00:00:00.000Z";
  const NEW = "2026-03-01T00:00:00.000Z";
  const partsPage = (written: string, isTruncated: boolean) =>
    `<R><Part><PartNumber>1</PartNumber><LastModified>${written}</LastModified></Part>` +
    `<NextPartNumberMarker>1</NextPartNumberMarker><IsTruncated>${isTruncated}</IsTruncated></R>`;
  const BETWEEN = new Date("2026-02-01T00:00:00.000Z");

  it("aborts those of our keys that nothing was written to since, page by page", async () => {
    const pages = [
      upload("herald/t/aa/1.mp3", "old", OLD) +
        upload("herald/t/aa/2.mp3", "new", NEW) +
        upload("herald/not-ours.bin", "other", OLD) +
        "<IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker><NextUploadIdMarker>m</NextUploadIdMarker>",
      upload("herald/t/aa/3.mp3", "slow", OLD) + upload("herald/t/aa/4.mp3", "gone", OLD),
    ];
    const { storage, server } = await openScriptedStorage(({ method, query }) => {
      if (query.has("uploads")) return { body: `<R>${pages[query.has("key-marker") ? 1 : 0] ?? ""}</R>` };
      const id = query.get("uploadId");
      if (id === "gone") return s3Error(404, "NoSuchUpload");
      const written = id === "slow" ? NEW : OLD;
      return method === "DELETE"
        ? { status: 204 }
        : {
            body: partsPage(
              query.has("part-number-marker") ? written : OLD,
              !query.has("part-number-marker"),
            ),
          };
    });

    expect(await storage.removeAbandoned(BETWEEN)).toBe(1);

    const aborted = server.requests.filter(({ method }) => method === "DELETE");
    expect(aborted.map(({ path, query }) => [path, query.get("uploadId")])).toEqual([
      ["/audio/herald/t/aa/1.mp3", "old"],
    ]);
    const listed = server.requests.filter(({ query }) => query.has("uploads"));
    expect(listed.map(({ query }) => [query.get("prefix"), query.get("upload-id-marker")])).toEqual([
      ["herald/", null],
      ["herald/", "m"],
    ]);
  });

  it("asks for no page after the last, though the server names one", async () => {
    const { storage, server } = await openScriptedStorage(({ method, query }) => {
      if (query.has("uploads")) return { body: `<R>${upload("herald/t/aa/1.mp3", "old", OLD)}</R>` };
      return method === "DELETE" ? { status: 204 } : { body: partsPage(OLD, false) };
    });

    expect(await storage.removeAbandoned(BETWEEN)).toBe(1);

    expect(server.requests.map(({ method }) => method)).toEqual(["GET", "GET", "DELETE"]);
  });

  it("says once that a server cannot list them, and is content", async () => {
    const { storage, server, notices } = await openScriptedStorage(() => s3Error(501, "NotImplemented"));

    expect(await storage.removeAbandoned(BETWEEN)).toBe(0);
    expect(await storage.removeAbandoned(BETWEEN)).toBe(0);

    expect(notices).toEqual(["cannot list"]);
    expect(server.requests.filter(({ query }) => query.has("uploads")).length).toBeLessThanOrEqual(3);
  });

  it("fails while S3 is away", async () => {
    const { storage } = await openScriptedStorage(() => s3Error(503, "ServiceUnavailable"));

    await expect(storage.removeAbandoned(BETWEEN)).rejects.toMatchObject({ code: "storage_unavailable" });
  });
});
