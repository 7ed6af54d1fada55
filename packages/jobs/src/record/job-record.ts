import { z } from "zod";
import { audioFormats } from "@herald/shared/jobs/audio-formats";
import { createdAtOf } from "@herald/shared/jobs/ids";
import {
  priorities,
  webhookEvents,
  type Job,
  type JobRequest,
  type WebhookProgress,
} from "@herald/shared/jobs/job";
import { count, time } from "@herald/platform/redis/record-fields";
import { jobStatuses, type Ending } from "@herald/shared/jobs/status";

const json = <S extends z.ZodType>(schema: S) =>
  z.string().transform((text) => schema.parse(JSON.parse(text)));

/** What most requests ask for is left out of their records: a million of them may wait. */
const USUAL = {
  inputType: "text",
  speed: 1,
  priority: "normal",
  webhookUrl: null,
  webhookEvents: [...webhookEvents],
  metadata: {},
} satisfies Partial<JobRequest>;
const USUAL_JSON = new Map(Object.entries(USUAL).map(([name, value]) => [name, JSON.stringify(value)]));

const request = z.object({
  inputType: z.literal("text").default(USUAL.inputType),
  voice: z.string(),
  format: z.enum(audioFormats),
  sampleRate: z.number(),
  speed: z.number().default(USUAL.speed),
  textChars: z.number(),
  priority: z.enum(priorities).default(USUAL.priority),
  webhookUrl: z.string().nullable().default(USUAL.webhookUrl),
  webhookEvents: z.array(z.enum(webhookEvents)).default(USUAL.webhookEvents),
  metadata: z.record(z.string(), z.string()).default(USUAL.metadata),
  requestId: z.string(),
});

const audio = z.object({
  key: z.string(),
  contentType: z.string(),
  bytes: z.number(),
  durationSeconds: z.number(),
  sha256: z.string(),
  expiresAt: z.number(),
});

const error = z.object({ code: z.string(), message: z.string(), segment: z.number().nullable() });

const webhook = z.object({
  status: z.enum(["none", "pending", "delivered", "failed"]),
  attempts: z.number(),
  lastStatusCode: z.number().nullable(),
  lastAttemptAt: z.number().nullable(),
  nextAttemptAt: z.number().nullable(),
});

/**
 * The Redis hash of a job. Fields of one fate are one JSON field, and what the key's name says is not said again, which keeps a
 * waiting job small.
 */
const jobRecord = z.object({
  status: z.enum(jobStatuses),
  request: json(request),
  started_at: time.optional(),
  finished_at: time.optional(),
  attempts: count.default(0),
  fence: z.string().optional(),
  segments_done: count.default(0),
  segments_total: count.default(0),
  audio: json(audio).optional(),
  audio_expired: z.literal("1").optional(),
  error: json(error).optional(),
  webhook: json(webhook).optional(),
  endpoints: z
    .string()
    .transform((text) => text.split(" "))
    .default([]),
});

export interface NewJob {
  readonly id: string;
  readonly tenant: string;
  readonly request: JobRequest;
  readonly createdAt: Date;
}

export function newJobRecord({ request }: NewJob): Record<string, string> {
  const unusual = Object.entries(request).filter(
    ([name, value]) => JSON.stringify(value) !== USUAL_JSON.get(name),
  );
  return { status: "pending", request: JSON.stringify(Object.fromEntries(unusual)) };
}

/** What is said of the webhook of a job whose end nobody asked to be told of. */
export const NO_WEBHOOK: WebhookProgress = {
  status: "none",
  attempts: 0,
  lastStatusCode: null,
  lastAttemptAt: null,
  nextAttemptAt: null,
};

/** The fields of a record that its job's end writes, beside the status. A `webhook` of null leaves that field as it is. */
export function endingFields(ending: Ending, webhook: WebhookProgress | null): Record<string, string> {
  return {
    ...fieldsOfOutcome(ending),
    finished_at: String(ending.at.getTime()),
    ...(webhook !== null && { webhook: JSON.stringify(webhook) }),
  };
}

function fieldsOfOutcome(ending: Ending): Record<string, string> {
  switch (ending.to) {
    case "completed": {
      const segments = String(ending.segments);
      return { audio: JSON.stringify(ending.audio), segments_done: segments, segments_total: segments };
    }
    case "failed":
      return { error: JSON.stringify(ending.error) };
    case "cancelled":
      return {};
  }
}

/** What a record just written would be parsed to. */
export function newJob({ id, tenant, request, createdAt }: NewJob): Job {
  return {
    id,
    tenant,
    status: "pending",
    request,
    createdAt,
    startedAt: null,
    finishedAt: null,
    attempts: 0,
    fence: null,
    segmentsDone: 0,
    segmentsTotal: 0,
    audio: null,
    audioExpired: false,
    error: null,
    webhook: untried(request),
    toldEndpoints: [],
  };
}

/** By what a record is found. */
export interface RecordName {
  readonly tenant: string;
  readonly jobId: string;
}

/** Parses HGETALL's answer; null when there is no such job. Throws on a record that Herald did not write. */
export function parseJobRecord({ tenant, jobId }: RecordName, hash: Record<string, string>): Job | null {
  if (Object.keys(hash).length === 0) {
    return null;
  }
  const record = jobRecord.parse(hash);
  return {
    id: jobId,
    tenant,
    status: record.status,
    request: record.request,
    createdAt: createdAtOf(jobId),
    startedAt: record.started_at ?? null,
    finishedAt: record.finished_at ?? null,
    attempts: record.attempts,
    fence: record.fence === undefined || record.fence === "" ? null : record.fence,
    segmentsDone: record.segments_done,
    segmentsTotal: record.segments_total,
    audio: record.audio ?? null,
    audioExpired: record.audio_expired !== undefined,
    error: record.error ?? null,
    webhook: record.webhook ?? untried(record.request),
    toldEndpoints: record.endpoints,
  };
}

/** Until its first attempt is recorded, a webhook is `pending` from the moment it was asked for. */
function untried({ webhookUrl }: JobRequest): WebhookProgress {
  return webhookUrl === null ? NO_WEBHOOK : { ...NO_WEBHOOK, status: "pending" };
}
