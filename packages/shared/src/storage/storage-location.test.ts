import { describe, expect, it } from "@jest/globals";
import { parseStorageUrl } from "./storage-location.ts";

const AMAZON = {
  kind: "s3",
  bucket: "audio",
  prefix: "",
  endpoint: null,
  region: null,
  pathStyle: false,
  encryption: null,
};

describe("parseStorageUrl", () => {
  it("reads a folder", () => {
    expect(parseStorageUrl("file:///var/lib/her%20ald")).toEqual({
      kind: "file",
      directory: "/var/lib/her ald",
    });
  });

  it.each([
    ["s3://audio", AMAZON],
    ["s3://audio/", AMAZON],
    ["s3://audio/herald/eu/", { ...AMAZON, prefix: "herald/eu" }],
    ["s3://audio?region=eu-central-1", { ...AMAZON, region: "eu-central-1" }],
    ["s3://audio?sse=AES256", { ...AMAZON, encryption: { algorithm: "AES256", kmsKeyId: null } }],
    ["s3://audio?sse=aws:kms", { ...AMAZON, encryption: { algorithm: "aws:kms", kmsKeyId: null } }],
    [
      "s3://audio?sse=aws:kms&kms_key_id=arn:aws:kms:eu-central-1:1:key/2",
      { ...AMAZON, encryption: { algorithm: "aws:kms", kmsKeyId: "arn:aws:kms:eu-central-1:1:key/2" } },
    ],
    [
      "s3://audio/herald?endpoint=http://s3:7070",
      { ...AMAZON, prefix: "herald", endpoint: "http://s3:7070", region: "us-east-1", pathStyle: true },
    ],
    [
      "s3://audio?endpoint=https%3A%2F%2Fobjects.example%2Fs3%2F&region=auto&path_style=false",
      { ...AMAZON, endpoint: "https://objects.example/s3", region: "auto" },
    ],
  ])("reads %s", (text, expected) => {
    expect(parseStorageUrl(text)).toEqual(expected);
  });

  it.each([
    ["./data", "expected file:/// and an absolute path, or s3://"],
    ["https://s3.amazonaws.com/audio", "or s3://"],
    ["file://host/share", "expected file:///"],
    ["file:///a%2Fb", "expected file:///"],
    ["file:///data?sse=AES256", "expected file:///"],
    ["s3://", "a bucket"],
    ["s3://Audio", "a bucket"],
    ["s3://ab", "a bucket"],
    ["s3://audio:9000", "a bucket"],
    ["s3://audio#x", "a bucket"],
    ["s3://audio/.hidden", "a prefix"],
    ["s3://audio/a//b", "a prefix"],
    ["s3://audio/ä", "a prefix"],
    [`s3://audio/${"a".repeat(201)}`, "a prefix"],
    ["s3://audio?regoin=eu", '"regoin", only endpoint, region, path_style, sse, kms_key_id'],
    ["s3://audio?region=eu&region=us", "region only once"],
    ["s3://audio?region=EU%20West", "region to be"],
    ["s3://audio?endpoint=s3:9000", "endpoint to be"],
    ["s3://audio?endpoint=http://user:pw@s3", "endpoint to be"],
    ["s3://audio?path_style=yes", "path_style to be"],
    ["s3://audio?sse=true", "sse to be"],
    ["s3://audio?sse=AES256&kms_key_id=k", "sse=aws:kms"],
    ["s3://audio?sse=aws:kms&kms_key_id=", "kms_key_id to name"],
    ["s3://key:secret@audio", "no credentials"],
  ])("refuses %s, and says of what it expected something else", (text, expected) => {
    expect(() => parseStorageUrl(text)).toThrow(expected);
  });

  it("takes no long for a prefix that is nearly right", () => {
    const startedAt = performance.now();

    expect(() => parseStorageUrl(`s3://audio/${"a/".repeat(5000)}!`)).toThrow("a prefix");

    expect(performance.now() - startedAt).toBeLessThan(100);
  });
});
