import type { JobAudio } from "./job-result.ts";
import type { Job } from "./job.ts";

export interface JobLinks {
  /** A signed link that expires with the audio. */
  readonly audioUrl: (job: Job, audio: JobAudio) => string;
}

/** The job as clients and webhook receivers see it. */
export function presentJob(job: Job, links: JobLinks) {
  const { request } = job;
  return {
    job_id: job.id,
    status: job.status,
    created_at: job.createdAt.toISOString(),
    started_at: isoOrNull(job.startedAt),
    finished_at: isoOrNull(job.finishedAt),
    voice: request.voice,
    format: request.format,
    sample_rate: request.sampleRate,
    speed: request.speed,
    text_chars: request.textChars,
    priority: request.priority,
    progress: presentProgress(job),
    attempts: job.attempts,
    audio: job.audio === null ? null : presentAudio(job, job.audio, links),
    error: job.error,
    webhook: presentWebhook(job),
    metadata: request.metadata,
  };
}

export type PresentedJob = ReturnType<typeof presentJob>;

function presentProgress({ segmentsDone, segmentsTotal }: Job) {
  const percent = segmentsTotal === 0 ? 0 : Math.floor((100 * segmentsDone) / segmentsTotal);
  return { segments_done: segmentsDone, segments_total: segmentsTotal, percent };
}

function presentAudio(job: Job, audio: JobAudio, links: JobLinks) {
  const facts = {
    content_type: audio.contentType,
    bytes: audio.bytes,
    duration_seconds: audio.durationSeconds,
    sha256: audio.sha256,
    expires_at: new Date(audio.expiresAt).toISOString(),
  };
  return job.audioExpired ? { ...facts, expired: true } : { url: links.audioUrl(job, audio), ...facts };
}

function presentWebhook({ request, webhook }: Job) {
  return {
    url: request.webhookUrl,
    status: webhook.status,
    attempts: webhook.attempts,
    last_status_code: webhook.lastStatusCode,
    last_attempt_at: isoOrNull(webhook.lastAttemptAt),
    next_attempt_at: isoOrNull(webhook.nextAttemptAt),
  };
}

function isoOrNull(time: Date | number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
