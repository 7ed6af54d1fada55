/** What Herald posts, as docs/WEBHOOKS_GUIDE.md describes it. Fields may be added: ignore those that you do not know. */
export interface JobEvent {
  readonly type: "job.completed" | "job.failed" | "job.cancelled";
  /** ISO 8601: when it happened, not when it was sent. */
  readonly timestamp: string;
  readonly data: JobData;
}

/** Tells one endpoint what has become of another one of the same tenant. */
export interface EndpointEvent {
  readonly type: "webhook_endpoint.failing" | "webhook_endpoint.disabled";
  readonly timestamp: string;
  readonly data: EndpointData;
}

/** An event of a type that came after this version of the package. */
export interface OtherEvent {
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export type WebhookEvent = JobEvent | EndpointEvent | OtherEvent;

export interface JobData {
  readonly job_id: string;
  readonly status: "completed" | "failed" | "cancelled";
  readonly finished_at: string | null;
  readonly audio: JobAudio | null;
  readonly error: JobError | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** There is no such job: somebody had the endpoint tested. */
  readonly test?: true;
}

export interface EndpointData {
  readonly endpoint_id: string;
  readonly description: string;
  readonly enabled: boolean;
  readonly disabled_reason: string | null;
  readonly failing_since: string;
  readonly failed_attempts: number;
  /** From then on, its next failure disables it; null once it is disabled. */
  readonly disabled_from: string | null;
  readonly last_attempt: {
    readonly at: string;
    readonly status_code: number | null;
    readonly error_class: string | null;
  };
  /** Nothing of this was so: somebody had the endpoint tested. */
  readonly test?: true;
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

const ENDPOINT_EVENTS: ReadonlySet<string> = new Set([
  "webhook_endpoint.failing",
  "webhook_endpoint.disabled",
]);

/** Whether it tells of another endpoint. */
export function isEndpointEvent(event: WebhookEvent): event is EndpointEvent {
  return ENDPOINT_EVENTS.has(event.type);
}

/** Whether it tells of a job that has ended. */
export function isJobEvent(event: WebhookEvent): event is JobEvent {
  return JOB_EVENTS.has(event.type);
}
