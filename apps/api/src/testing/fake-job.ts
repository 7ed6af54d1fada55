import { newJobId } from "@herald/shared/jobs/ids";
import type { Job, JobRequest } from "@herald/shared/jobs/job";
import type { JobAudio } from "@herald/shared/jobs/job-result";

export const TENANT = "acme";
export const NOW = new Date("2026-03-01T12:00:00.000Z");

const request: JobRequest = {
  inputType: "text",
  voice: "en-us",
  format: "mp3",
  sampleRate: 22_050,
  speed: 1,
  textChars: 5,
  priority: "normal",
  webhookUrl: null,
  webhookEvents: ["job.completed", "job.failed", "job.cancelled"],
  metadata: {},
  requestId: "request-1",
};

export function fakeJob(fields: Partial<Job> = {}): Job {
  return {
    id: newJobId(NOW),
    tenant: TENANT,
    status: "pending",
    request,
    createdAt: NOW,
    startedAt: null,
    finishedAt: null,
    attempts: 0,
    fence: null,
    segmentsDone: 0,
    segmentsTotal: 0,
    audio: null,
    audioExpired: false,
    error: null,
    webhook: { status: "none", attempts: 0, lastStatusCode: null, lastAttemptAt: null, nextAttemptAt: null },
    toldEndpoints: [],
    ...fields,
  };
}

export const AUDIO_BYTES = Buffer.from("0123456789");

const audio: JobAudio = {
  key: "acme/job/fence.mp3",
  contentType: "audio/mpeg",
  bytes: AUDIO_BYTES.length,
  durationSeconds: 1.5,
  sha256: "a".repeat(64),
  expiresAt: NOW.getTime() + 3_600_000,
};

export function fakeCompletedJob(fields: Partial<JobAudio> = {}): Job {
  return fakeJob({ status: "completed", finishedAt: NOW, audio: { ...audio, ...fields } });
}
