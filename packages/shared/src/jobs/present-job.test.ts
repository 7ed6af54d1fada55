import { describe, expect, it } from "@jest/globals";
import { newJob } from "@herald/jobs/record/job-record";
import type { Job } from "./job.ts";
import { presentJob } from "./present-job.ts";

const links = { audioUrl: (job: Job) => `https://herald.test/audio/${job.id}` };

const pending = newJob({
  id: "1",
  tenant: "acme",
  request: {
    inputType: "text",
    voice: "en-us",
    format: "mp3",
    sampleRate: 22050,
    speed: 1,
    textChars: 61,
    priority: "normal",
    webhookUrl: "https://example.com/hook",
    webhookEvents: ["job.completed"],
    metadata: { order: "7" },
    requestId: "req-1",
  },
  createdAt: new Date("2026-03-01T12:00:00Z"),
});

const completed: Job = {
  ...pending,
  status: "completed",
  startedAt: new Date("2026-03-01T12:00:01Z"),
  finishedAt: new Date("2026-03-01T12:00:02Z"),
  attempts: 1,
  fence: "secret-fence",
  segmentsDone: 2,
  segmentsTotal: 2,
  audio: {
    key: "acme/1/secret-fence.mp3",
    contentType: "audio/mpeg",
    bytes: 57678,
    durationSeconds: 7.155,
    sha256: "ab",
    expiresAt: Date.parse("2026-03-02T12:00:02Z"),
  },
};

describe("a job as clients see it", () => {
  it("says while pending what was asked for, and nothing has come of it", () => {
    expect(presentJob(pending, links)).toEqual({
      job_id: "1",
      status: "pending",
      created_at: "2026-03-01T12:00:00.000Z",
      started_at: null,
      finished_at: null,
      voice: "en-us",
      format: "mp3",
      sample_rate: 22050,
      speed: 1,
      text_chars: 61,
      priority: "normal",
      progress: { segments_done: 0, segments_total: 0, percent: 0 },
      attempts: 0,
      audio: null,
      error: null,
      webhook: {
        url: "https://example.com/hook",
        status: "pending",
        attempts: 0,
        last_status_code: null,
        last_attempt_at: null,
        next_attempt_at: null,
      },
      metadata: { order: "7" },
    });
  });

  it("links to its audio once completed", () => {
    expect(presentJob(completed, links)).toMatchObject({
      progress: { percent: 100 },
      audio: {
        url: "https://herald.test/audio/1",
        content_type: "audio/mpeg",
        bytes: 57678,
        duration_seconds: 7.155,
        sha256: "ab",
        expires_at: "2026-03-02T12:00:02.000Z",
      },
    });
  });

  it("keeps the facts about expired audio, but no link to it", () => {
    const { audio } = presentJob({ ...completed, audioExpired: true }, links);

    expect(audio).toMatchObject({ expired: true, bytes: 57678 });
    expect(audio).not.toHaveProperty("url");
  });

  it("never tells where audio is stored, nor the fence, nor the tenant", () => {
    const shown = JSON.stringify(presentJob(completed, links));

    expect(shown).not.toContain("secret-fence");
    expect(shown).not.toContain("acme");
  });

  it("never claims to be finished before the last segment", () => {
    const { progress } = presentJob({ ...completed, segmentsDone: 199, segmentsTotal: 200 }, links);

    expect(progress.percent).toBe(99);
  });
});
