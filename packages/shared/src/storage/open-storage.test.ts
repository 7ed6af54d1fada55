import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  s3Error,
  startScriptedS3,
  type S3Answer,
  type ScriptedS3,
} from "../../../../tests/support/scripted-s3.ts";
import { setTestCredentials } from "../../../../tests/support/test-s3.ts";
import { openStorage } from "./open-storage.ts";
import { parseStorageUrl } from "./storage-location.ts";

let answer: S3Answer;
let server: ScriptedS3;

beforeEach(async () => {
  setTestCredentials();
  server = await startScriptedS3(() => answer);
});

afterEach(() => server.stop());

function inAnHour(): string {
  return new Date(Date.now() + 3_600_000).toUTCString();
}

function open(parameters = "") {
  const warnings: string[] = [];
  const url = `s3://audio/herald?endpoint=${server.endpoint}${parameters}`;
  const opening = openStorage(parseStorageUrl(url), { warn: (event) => warnings.push(event) });
  return { opening, warnings };
}

describe("opening a storage on S3 that a person must set right", () => {
  it.each<[string, S3Answer, string]>([
    [
      "a bucket that is not there",
      s3Error(404, "NoSuchBucket"),
      'STORAGE_URL: there is no bucket "audio" at http',
    ],
    [
      "a bucket in another region",
      s3Error(301, "PermanentRedirect", { "x-amz-bucket-region": "eu-north-1" }),
      "set region=eu-north-1",
    ],
    ["a region that the signature got wrong", s3Error(400, "AuthorizationHeaderMalformed"), "set region="],
    ["an unknown access key", s3Error(403, "InvalidAccessKeyId"), "AWS_ACCESS_KEY_ID: bucket"],
    [
      "a wrong secret",
      s3Error(403, "SignatureDoesNotMatch"),
      "AWS_SECRET_ACCESS_KEY: the secret does not belong",
    ],
    ["an expired token", s3Error(400, "ExpiredToken"), "AWS_SESSION_TOKEN: "],
    [
      "credentials without the right",
      s3Error(403, "AccessDenied"),
      "grant them the policy in docs/storage.md",
    ],
    ["a wrong clock", s3Error(403, "RequestTimeTooSkewed"), "the clock of this machine is wrong"],
    ["a wrong clock that the SDK makes up for", { headers: { date: inAnHour() } }, "by 60 minutes"],
    ["an unknown KMS key", s3Error(400, "KMS.NotFoundException"), "kms_key_id"],
    ["encryption that it does not offer", s3Error(501, "NotImplemented"), "leave out sse"],
    ["a refusal of another kind", s3Error(400, "OddRequest"), "STORAGE_URL: bucket"],
    ["a server that is no S3", { status: 404, body: "<html>nothing here</html>" }, "STORAGE_URL: bucket"],
  ])("is refused for %s, and the message names the setting and the fix", async (_what, given, expected) => {
    answer = given;

    const failure = await open().opening.catch((error: unknown) => error);

    expect(failure).toMatchObject({ name: "ConfigurationError" });
    expect((failure as Error).message).toContain(expected);
    expect((failure as Error).message).not.toContain("not-a-secret");
  });
});

describe("opening a storage on S3 that is away", () => {
  it.each<[string, S3Answer]>([
    ["breaks", s3Error(500, "InternalError")],
    ["is not there for a moment", s3Error(503, "ServiceUnavailable")],
    ["wants less of it", s3Error(429, "SlowDown")],
  ])("succeeds with a warning while the server %s, and works once it is back", async (_what, given) => {
    answer = given;
    const { opening, warnings } = open();

    const storage = await opening;

    expect(warnings).toEqual(["storage.unavailable"]);
    await expect(storage.check()).rejects.toMatchObject({ code: "storage_unavailable" });
    answer = {};
    await storage.check();
  });

  it("succeeds with a warning when nobody listens", async () => {
    const { endpoint } = server;
    const warnings: string[] = [];
    await server.stop();

    await openStorage(parseStorageUrl(`s3://audio?endpoint=${endpoint}`), {
      warn: (event) => warnings.push(event),
    });

    expect(warnings).toEqual(["storage.unavailable"]);
    server = await startScriptedS3(() => null);
  });
});

describe("a storage on S3 that works", () => {
  it("is opened without a warning, by writing and erasing one small object under its prefix", async () => {
    answer = {};
    const { opening, warnings } = open();

    const storage = await opening;
    await storage.check();

    expect(warnings).toEqual([]);
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "PUT /audio/herald/.probe",
      "DELETE /audio/herald/.probe",
    ]);
  });

  it.each([
    ["&sse=AES256", { "x-amz-server-side-encryption": "AES256" }],
    [
      "&sse=aws:kms&kms_key_id=k1",
      {
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": "k1",
      },
    ],
  ])("is asked to encrypt with %s, the probe too", async (parameters, expected) => {
    answer = {};

    await open(parameters).opening;

    expect(server.requests[0]?.headers).toMatchObject(expected);
  });
});
