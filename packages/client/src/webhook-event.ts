/** A job's end, as docs/WEBHOOKS_GUIDE.md describes it. Fields may be added: ignore those that you do not know. */
export interface JobEvent {
  readonly type: "job.completed" | "job.failed" | "job.cancelled";
  /** ISO 8601: when it happened, not when it was sent. */
  readonly timestamp: string;
  readonly data: JobData;
}

/** Told to one endpoint: another endpoint of the same tenant fails, or was disabled. */
export interface EndpointEvent {
  readonly type: "webhook_endpoint.failing" | "webhook_endpoint.disabled";
  readonly timestamp: string;
  readonly data: EndpointData;
}

/** An event of a type that this version of the package does not know. */
export interface OtherEvent {
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export type WebhookEvent = JobEvent | EndpointEvent | OtherEvent;

export interface JobData {
  readonly job_id: string;
  readonly status: "completed" | "failed" | "cancelled";
  /** ISO 8601. */
  readonly finished_at: string | null;
  /** Null unless `completed`. */
  readonly audio: JobAudio | null;
  /** Null unless `failed`. */
  readonly error: JobError | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** Set when somebody tested the endpoint: the job in this event does not exist. */
  readonly test?: true;
}

export interface EndpointData {
  readonly endpoint_id: string;
  readonly description: string;
  readonly enabled: boolean;
  /** Null while enabled; `failing` or `gone` in events of this type. */
  readonly disabled_reason: string | null;
  /** ISO 8601. */
  readonly failing_since: string;
  readonly failed_attempts: number;
  /** ISO 8601: the first failure after this time disables it. Null once it is disabled. */
  readonly disabled_from: string | null;
  readonly last_attempt: {
    readonly at: string;
    readonly status_code: number | null;
    readonly error_class: string | null;
  };
  /** Set when somebody tested the endpoint: nothing in this event has happened. */
  readonly test?: true;
}

export interface JobAudio {
  /** A signed link that needs no API key and stops working at `expires_at`. */
  readonly url: string;
  readonly content_type: string;
  readonly bytes: number;
  readonly duration_seconds: number;
  /** In hex. */
  readonly sha256: string;
  /** ISO 8601. */
  readonly expires_at: string;
}

export interface JobError {
  readonly code: string;
  readonly message: string;
  /** Which segment of the text could not be spoken, from 1; null when no single one is at fault. */
  readonly segment: number | null;
}

const JOB_EVENTS: ReadonlySet<string> = new Set(["job.completed", "job.failed", "job.cancelled"]);

const ENDPOINT_EVENTS: ReadonlySet<string> = new Set([
  "webhook_endpoint.failing",
  "webhook_endpoint.disabled",
]);

/** Whether the event is about another endpoint, which fails or was disabled. */
export function isEndpointEvent(event: WebhookEvent): event is EndpointEvent {
  return ENDPOINT_EVENTS.has(event.type);
}

/** Whether the event is about a job that has ended. */
export function isJobEvent(event: WebhookEvent): event is JobEvent {
  return JOB_EVENTS.has(event.type);
}
