import { newJob } from "../record/job-record.ts";
import { newFence, newJobId } from "@herald/shared/jobs/ids";
import type { EndpointEvent, Job } from "@herald/shared/jobs/job";
import type { JobLinks } from "@herald/shared/jobs/present-job";
import {
  cancel,
  complete,
  fail,
  type ClaimedJob,
  type Ending,
  type Spoken,
} from "@herald/shared/jobs/status";
import { newEventId } from "@herald/shared/webhooks/webhook-ids";
import type { NewEvent } from "@herald/webhooks/deliveries/delivery-record";
import type { Endpoint } from "@herald/webhooks/endpoints/endpoint-record";
import { eventBody } from "@herald/webhooks/deliveries/event-body";
import { asEnded, jobEventData } from "./job-event.ts";
import type { EndpointChange } from "@herald/webhooks/health/judge-streak";
import { noticeData } from "@herald/webhooks/health/notice-event";

export interface ExampleFacts {
  readonly endpoint: Endpoint;
  readonly links: JobLinks;
  readonly requestId: string;
  readonly at: Date;
}

/** An event as it would be sent, of things that never were: made by the code for true ones, and marked in its data. */
export function exampleEvent(type: EndpointEvent, facts: ExampleFacts): NewEvent {
  const { endpoint, requestId, at } = facts;
  return {
    eventId: newEventId(at),
    tenant: endpoint.tenant,
    jobId: null,
    type,
    body: eventBody(type, at, { ...EXAMPLES[type](facts), test: true }),
    createdAt: at,
    requestId,
  };
}

const DAY_MS = 86_400_000;

const EXAMPLES: Readonly<Record<EndpointEvent, (facts: ExampleFacts) => object>> = {
  "job.completed": (facts) => jobExample(facts, (job) => complete(job, spoken(job, facts.at), facts.at)),
  "job.failed": (facts) =>
    jobExample(facts, (job) =>
      fail(job, { code: "engine_failed", message: "the engine failed", segment: 1 }, facts.at),
    ),
  "job.cancelled": (facts) => jobExample(facts, (job) => cancel(job, facts.at)),
  "webhook_endpoint.failing": (facts) => noticeExample(facts, { kind: "failing" }),
  "webhook_endpoint.disabled": (facts) => noticeExample(facts, { kind: "disabled", reason: "failing" }),
};

function jobExample(
  { endpoint, links, requestId, at }: ExampleFacts,
  end: (job: Job & ClaimedJob) => Ending,
) {
  const created = newJob({
    id: newJobId(at),
    tenant: endpoint.tenant,
    request: { ...REQUEST, requestId },
    createdAt: at,
  });
  const claimed = {
    ...created,
    status: "processing",
    attempts: 1,
    startedAt: at,
    fence: newFence(),
  } as const;
  return jobEventData(asEnded(claimed, end(claimed)), links);
}

const REQUEST = {
  inputType: "text",
  voice: "en-us",
  format: "mp3",
  sampleRate: 22_050,
  speed: 1,
  textChars: 61,
  priority: "normal",
  webhookUrl: null,
  webhookEvents: [],
  metadata: {},
} as const;

function spoken(job: ClaimedJob, at: Date): Spoken {
  const audio = {
    key: `${job.tenant}/${job.id}/${job.fence}.mp3`,
    contentType: "audio/mpeg",
    bytes: 57_678,
    durationSeconds: 7.155,
    sha256: "0".repeat(64),
    expiresAt: at.getTime() + DAY_MS,
  };
  return { audio, segments: 1 };
}

function noticeExample({ endpoint, at }: ExampleFacts, change: EndpointChange) {
  const since = new Date(at.getTime() - 3 * DAY_MS);
  const attempt = { at: at.toISOString(), status_code: 500, error_class: "status" };
  return noticeData(
    { endpoint, change, streak: { since, attempts: 61, warned: false }, attempt },
    { disableAfterMs: 5 * DAY_MS },
  );
}
