import { describe, expect, it } from "@jest/globals";
import type { JobAudio } from "../jobs/job-result.ts";
import type { Job } from "../jobs/job.ts";
import { verifyAudioLink } from "./audio-link.ts";
import { createAudioUrl } from "./audio-url.ts";

const KEY = Buffer.alloc(32, 7);
const JOB = { id: "019ab0c1-0000-7000-8000-000000000000", tenant: "acme" } as Job;
const AUDIO = { expiresAt: Date.parse("2026-03-01T12:00:00Z") } as JobAudio;

describe("createAudioUrl", () => {
  it("makes a link under the public URL that is good for this job until its audio expires", () => {
    const url = new URL(
      createAudioUrl({ publicUrl: "https://speech.example/herald/", key: KEY })(JOB, AUDIO),
    );

    expect(url.origin + url.pathname).toBe(`https://speech.example/herald/v1/jobs/${JOB.id}/audio`);
    const link = { key: KEY, jobId: JOB.id, token: url.searchParams.get("token") ?? "" };
    expect(verifyAudioLink({ ...link, now: new Date(AUDIO.expiresAt - 1) })).toEqual({ tenant: "acme" });
    expect(verifyAudioLink({ ...link, now: new Date(AUDIO.expiresAt) })).toBe("expired");
  });
});
