import { describe, expect, it } from "@jest/globals";
import { newJobId } from "@herald/shared/jobs/ids";
import { endingFields, newJob, NO_WEBHOOK, newJobRecord, parseJobRecord } from "./job-record.ts";
import type { JobRequest } from "@herald/shared/jobs/job";
import { cancel, complete, fail } from "@herald/shared/jobs/status";

const request: JobRequest = {
  inputType: "text",
  voice: "en-us",
  format: "mp3",
  sampleRate: 22050,
  speed: 1.25,
  textChars: 61,
  priority: "high",
  webhookUrl: "https://example.com/hook?a=b",
  webhookEvents: ["job.completed"],
  metadata: { käse: "\u0000🧀", __proto__: "x" },
  requestId: "req-1",
};
const createdAt = new Date("2026-03-01T12:00:00.007Z");
const creation = { id: newJobId(createdAt), tenant: "acme", request, createdAt };

function parse(record: Record<string, string>) {
  return parseJobRecord({ tenant: "acme", jobId: creation.id }, record);
}

describe("a job record", () => {
  it("reads back as the job that was written", () => {
    expect(parse(newJobRecord(creation))).toEqual(newJob(creation));
  });

  it("says nothing of what most requests ask for, and reads back with it", () => {
    const usual = {
      ...creation,
      request: {
        ...request,
        speed: 1,
        priority: "normal",
        webhookUrl: null,
        webhookEvents: ["job.completed", "job.failed", "job.cancelled"],
        metadata: {},
      },
    } as const;

    const record = newJobRecord(usual);

    expect(Object.keys(JSON.parse(record["request"] ?? "") as object).sort()).toEqual([
      "format",
      "requestId",
      "sampleRate",
      "textChars",
      "voice",
    ]);
    expect(parse(record)).toEqual(newJob(usual));
  });

  it("reads back with everything that an attempt and its end added", () => {
    const audio = {
      key: "acme/1/f.mp3",
      contentType: "audio/mpeg",
      bytes: 57678,
      durationSeconds: 7.155,
      sha256: "ab",
      expiresAt: 1000,
    };
    const job = parse({
      ...newJobRecord(creation),
      status: "completed",
      started_at: "1000",
      finished_at: "2000",
      attempts: "2",
      fence: "f",
      segments_done: "3",
      segments_total: "4",
      audio: JSON.stringify(audio),
      audio_expired: "1",
    });

    expect(job).toMatchObject({
      status: "completed",
      startedAt: new Date(1000),
      finishedAt: new Date(2000),
      attempts: 2,
      fence: "f",
      segmentsDone: 3,
      segmentsTotal: 4,
      audio,
      audioExpired: true,
    });
  });

  it("owes a webhook from the start, when one was asked for", () => {
    expect(newJob(creation).webhook.status).toBe("pending");
    expect(newJob({ ...creation, request: { ...request, webhookUrl: null } }).webhook.status).toBe("none");
  });

  it("without a fence is held by nobody", () => {
    expect(parse({ ...newJobRecord(creation), fence: "" })?.fence).toBeNull();
  });

  it("that is absent is no job", () => {
    expect(parse({})).toBeNull();
  });

  it("takes its request's format from those that there are", () => {
    const { request: json = "" } = newJobRecord(creation);

    expect(() => parse({ status: "pending", request: json.replace('"mp3"', '"midi"') })).toThrow();
  });

  it("that Herald did not write is an error, not half a job", () => {
    expect(() => parse({ ...newJobRecord(creation), status: "done" })).toThrow();
    expect(() => parse({ ...newJobRecord(creation), request: "{" })).toThrow();
  });
});

describe("the fields that an end writes", () => {
  const job = { id: creation.id, tenant: "acme", status: "processing", fence: "mine" } as const;
  const at = new Date(2000);

  it("are those that processes of other versions read", () => {
    const audio = {
      key: "acme/1/f.mp3",
      contentType: "audio/mpeg",
      bytes: 57678,
      durationSeconds: 7.155,
      sha256: "ab",
      expiresAt: 1000,
    };
    const error = { code: "engine_failed", message: "the engine failed", segment: 2 };

    expect(Object.entries(endingFields(complete(job, { audio, segments: 3 }, at), null))).toEqual([
      [
        "audio",
        '{"key":"acme/1/f.mp3","contentType":"audio/mpeg","bytes":57678,"durationSeconds":7.155,"sha256":"ab","expiresAt":1000}',
      ],
      ["segments_done", "3"],
      ["segments_total", "3"],
      ["finished_at", "2000"],
    ]);
    expect(Object.entries(endingFields(fail(job, error, at), null))).toEqual([
      ["error", '{"code":"engine_failed","message":"the engine failed","segment":2}'],
      ["finished_at", "2000"],
    ]);
    expect(Object.entries(endingFields(cancel(job, at), NO_WEBHOOK))).toEqual([
      ["finished_at", "2000"],
      [
        "webhook",
        '{"status":"none","attempts":0,"lastStatusCode":null,"lastAttemptAt":null,"nextAttemptAt":null}',
      ],
    ]);
  });
});
