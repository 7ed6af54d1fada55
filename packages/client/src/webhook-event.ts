/** What Herald posts, as docs/WEBHOOKS_GUIDE.md describes it. Fields may be added: ignore those that you do not know. */
export interface JobEvent {
  readonly type: "job.completed" | "job.failed" | "job.cancelled";
  /** ISO 8601: when it happened, not when it was sent. */
  readonly timestamp: string;
  readonly data: JobData;
}

/** An event of a type that came after this version of the package. */
export interface OtherEvent {
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export type WebhookEvent = JobEvent | OtherEvent;

export interface JobData {
  readonly job_id: string;
  readonly status: "completed" | "failed" | "cancelled";
  readonly finished_at: string | null;
  readonly audio: JobAudio | null;
  readonly error: JobError | null;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface JobAudio {
  /** Needs no API key, until it expires. */
  readonly url: string;
  readonly content_type: string;
  readonly bytes: number;
  readonly duration_seconds: number;
  readonly sha256: string;
  readonly expires_at: string;
}

export interface JobError {
  readonly code: string;
  readonly message: string;
  readonly segment: number | null;
}

const JOB_EVENTS: ReadonlySet<string> = new Set(["job.completed", "job.failed", "job.cancelled"]);

/** Whether it tells of a job that has ended. */
export function isJobEvent(event: WebhookEvent): event is JobEvent {
  return JOB_EVENTS.has(event.type);
}
