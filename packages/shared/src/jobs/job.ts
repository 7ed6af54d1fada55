import type { AudioFormat } from "./audio-formats.ts";
import type { JobAudio, JobError } from "./job-result.ts";
import type { JobStatus } from "./status.ts";

export const priorities = ["high", "normal", "low"] as const;
export type Priority = (typeof priorities)[number];

export const webhookEvents = ["job.completed", "job.failed", "job.cancelled"] as const;
export type WebhookEvent = (typeof webhookEvents)[number];

/** However much an operator allows: the queue's entries for endpoints are made for this many retries. */
export const MAX_RETRIES = 50;

/** What one endpoint has come to, told to a tenant's others. */
export const noticeEvents = ["webhook_endpoint.failing", "webhook_endpoint.disabled"] as const;
export type NoticeEvent = (typeof noticeEvents)[number];

/** What endpoints may be told of. */
export const endpointEvents = [...webhookEvents, ...noticeEvents] as const;
export type EndpointEvent = (typeof endpointEvents)[number];

/** `failing`: it was warned of, and is still called. */
export const endpointStates = ["enabled", "failing", "disabled"] as const;
export type EndpointState = (typeof endpointStates)[number];

export type WebhookStatus = "none" | "pending" | "delivered" | "failed";

/** What the client asked for, after defaults. The text lives under its own key, because it is deleted first. */
export interface JobRequest {
  readonly inputType: "text";
  readonly voice: string;
  readonly format: AudioFormat;
  /** Hz. */
  readonly sampleRate: number;
  readonly speed: number;
  /** Unicode code points. */
  readonly textChars: number;
  readonly priority: Priority;
  readonly webhookUrl: string | null;
  readonly webhookEvents: readonly WebhookEvent[];
  readonly metadata: Readonly<Record<string, string>>;
  /** The `x-request-id` of the request that made the job, carried into every later log line about it. */
  readonly requestId: string;
}

export interface WebhookProgress {
  readonly status: WebhookStatus;
  readonly attempts: number;
  readonly lastStatusCode: number | null;
  /** Milliseconds since the epoch. */
  readonly lastAttemptAt: number | null;
  readonly nextAttemptAt: number | null;
}

/** The job record: the truth about a job. The queue entry only says that work is due. */
export interface Job {
  readonly id: string;
  readonly tenant: string;
  readonly status: JobStatus;
  readonly request: JobRequest;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  /** How often an attempt was started, whatever came of it. */
  readonly attempts: number;
  readonly fence: string | null;
  readonly segmentsDone: number;
  readonly segmentsTotal: number;
  readonly audio: JobAudio | null;
  readonly audioExpired: boolean;
  readonly error: JobError | null;
  readonly webhook: WebhookProgress;
  /** Ids of the endpoints that its end was recorded for, beside its own URL. */
  readonly toldEndpoints: readonly string[];
}
