import { randomUUID } from "node:crypto";
import { newFence } from "@herald/shared/jobs/ids";
import type { Job, JobRequest } from "@herald/shared/jobs/job";
import type { JobAudio } from "@herald/shared/jobs/job-result";
import type { Limits } from "@herald/shared/jobs/limits";
import type { ClaimedJob } from "@herald/shared/jobs/status";
import { deliveryIdOf, eventIdOf, newEndpointId } from "@herald/shared/webhooks/webhook-ids";
import { queueNames, type DeliveryEntry, type JobEntry } from "@herald/queue/queues/entries";
import { createDeliveryQueue, createSynthesisQueue } from "@herald/queue/queues/queues";
import type { WorkQueue } from "@herald/queue/queues/work-queue";
import type { DeliveryRef } from "@herald/platform/redis/keys";
import { createSealer } from "@herald/shared/signing/sealer";
import {
  createJob,
  enqueueJob,
  type CreateJobDeps,
  type CreatedJob,
} from "@herald/jobs/admission/create-job";
import { createFinishJob, type FinishJob } from "@herald/jobs/ending/finish-job";
import { createJobStore, type Claim, type JobStore } from "@herald/jobs/record/job-store";
import { type AttemptOutcome, recordOf } from "@herald/webhooks/deliveries/attempt-outcome";
import { createDeliveryStore, type DeliveryStore } from "@herald/webhooks/deliveries/delivery-store";
import type { Endpoint } from "@herald/webhooks/endpoints/endpoint-record";
import {
  createEndpointStore,
  type EndpointStore,
  type NewEndpoint,
} from "@herald/webhooks/endpoints/endpoint-store";
import { recordAttempt } from "@herald/webhooks/deliveries/record-attempt";
import { openTestDeployment, type TestDeployment } from "./test-redis.ts";

export const TENANT = "acme";
export const RECORD_TTL_MS = 7 * 24 * 3600 * 1000;

/** Nobody is turned away for want of room, and all tenants weigh the same. */
export const OPEN_DOORS = {
  maxPendingJobs: 10_000_000,
  weightOf: () => 1,
  isMemoryFull: () => false,
  maxAudioBytes: undefined,
  /** Each is asked of Redis. */
  refusals: { find: () => null, keep: () => undefined },
} satisfies Partial<CreateJobDeps>;

type ClaimRequest = Parameters<JobStore["claim"]>[0];

export interface Submission {
  readonly tenant?: string;
  readonly text?: string;
  readonly idempotencyKey?: string | null;
  readonly now?: Date;
  readonly request?: Partial<JobRequest>;
  readonly keyId?: string;
  readonly keyHash?: string | null;
  readonly limits?: Limits;
  readonly admission?: Partial<Pick<CreateJobDeps, keyof typeof OPEN_DOORS>>;
}

export interface TestStore extends TestDeployment {
  readonly synthesis: WorkQueue<JobEntry>;
  readonly webhooks: WorkQueue<DeliveryEntry>;
  readonly jobs: JobStore;
  readonly deliveries: DeliveryStore;
  readonly endpoints: EndpointStore;
  readonly finishJob: FinishJob;
  create(submission?: Submission): Promise<CreatedJob>;
  createAndClaim(submission?: Submission): Promise<Job & ClaimedJob>;
  /** As the worker that has the job's queue entry, which then lets go of it. */
  claim(request: Pick<ClaimRequest, "ref"> & Partial<ClaimRequest>): Promise<Claim>;
  /** As whoever finds that the job's queue entry is missing. */
  enqueueJob(job: Job): Promise<void>;
  reread(job: Job): Promise<Job>;
  /** As a worker does that made it, but for its turn at the endpoint. "stale": the delivery was settled already. */
  recordAttempt(outcome: AttemptOutcome): Promise<"applied" | "stale">;
  addEndpoint(wanted?: Partial<NewEndpoint>): Promise<Endpoint>;
}

/** The whole store on a deployment of its own. */
export function openTestStore(redisUrl?: string): TestStore {
  const deployment = openTestDeployment(redisUrl);
  const { redis, keys } = deployment;
  const queueOptions = { redis, prefix: keys.queuePrefix };
  const synthesis = createSynthesisQueue({ ...queueOptions, attempts: 3 });
  const webhooks = createDeliveryQueue({ ...queueOptions, retryDelaysMs: [2000, 4000, 8000] });
  const jobs = createJobStore(redis, keys);
  const endpoints = createEndpointStore({ redis, keys, sealer: createSealer([Buffer.alloc(32, 1)]) });
  const finishJob = createFinishJob({
    redis,
    keys,
    deliveries: webhooks,
    links: { audioUrl: (job) => `http://herald.test/v1/jobs/${job.id}/audio` },
    recordTtlMs: RECORD_TTL_MS,
    keepText: false,
    onDeliveryDelayed: (error) => {
      throw error;
    },
  });

  async function create({ request, admission, ...rest }: Submission = {}): Promise<CreatedJob> {
    const defaults = {
      tenant: TENANT,
      keyId: "key_1",
      keyHash: null,
      limits: {},
      text: "Hello.",
      idempotencyKey: null,
      now: new Date(),
    };
    return createJob(
      { ...OPEN_DOORS, redis, keys, queue: synthesis, idempotencyTtlMs: 60_000, ...admission },
      { ...defaults, ...rest, request: requestOf(request) },
    );
  }

  async function createAndClaim(submission?: Submission): Promise<Job & ClaimedJob> {
    const { job } = await create(submission);
    const claimed = await claim({ ref: { tenant: job.tenant, jobId: job.id } });
    if (claimed.kind !== "claimed") throw new Error(`a new job was ${claimed.kind}`);
    return claimed.job;
  }

  async function claim(request: Pick<ClaimRequest, "ref"> & Partial<ClaimRequest>): Promise<Claim> {
    const token = randomUUID();
    const lock = keys.entryLock(queueNames.synthesis, request.ref.jobId);
    await redis.set(lock, token);
    const claimed = await jobs.claim({ fence: newFence(), token, now: new Date(), ...request });
    await redis.del(lock);
    return claimed;
  }

  async function reread(job: Job): Promise<Job> {
    const found = await jobs.find({ tenant: job.tenant, jobId: job.id });
    if (found === null) throw new Error("the job is gone");
    return found;
  }

  return {
    ...deployment,
    synthesis,
    webhooks,
    jobs,
    deliveries: createDeliveryStore(redis, keys),
    endpoints,
    finishJob,
    create,
    createAndClaim,
    claim,
    enqueueJob: (job) => enqueueJob({ redis, keys, queue: synthesis }, job),
    reread,
    recordAttempt: (outcome) => recordAttempt(redis, keys, recordOf(outcome)),
    async addEndpoint(wanted) {
      const now = new Date();
      const endpoint = { ...NEW_ENDPOINT, endpointId: newEndpointId(now), now, ...wanted };
      await endpoints.create(endpoint);
      const { tenant, endpointId } = endpoint;
      const found = await endpoints.find(tenant, endpointId);
      if (found === null) throw new Error("the endpoint is gone");
      return found;
    },
    async close() {
      await synthesis.stop();
      await webhooks.stop();
      await deployment.close();
    },
  };
}

const NEW_ENDPOINT = {
  tenant: TENANT,
  url: "https://endpoint.test/hook",
  events: ["job.completed", "job.failed"],
  description: "",
  headers: {},
  retryDelaysMs: null,
  enabled: true,
} as const;

/** Names the delivery of a job's end to the job's own URL. */
export function webhookOf(job: Job): DeliveryRef {
  return { tenant: job.tenant, deliveryId: eventIdOf(job.id) };
}

/** Names its delivery to an endpoint. */
export function deliveryTo({ endpointId }: Endpoint, job: Job): DeliveryRef {
  return { tenant: job.tenant, deliveryId: deliveryIdOf(eventIdOf(job.id), endpointId) };
}

export function requestOf(request: Partial<JobRequest> = {}): JobRequest {
  return {
    inputType: "text",
    voice: "en-us",
    format: "mp3",
    sampleRate: 22050,
    speed: 1,
    textChars: 6,
    priority: "normal",
    webhookUrl: "https://receiver.test/hook",
    webhookEvents: ["job.completed", "job.failed", "job.cancelled"],
    metadata: {},
    requestId: "req-1",
    ...request,
  };
}

export function audioOf(job: ClaimedJob): JobAudio {
  return {
    key: `${job.tenant}/${job.id}/${job.fence}.mp3`,
    contentType: "audio/mpeg",
    bytes: 57678,
    durationSeconds: 7.155,
    sha256: "ab",
    expiresAt: Date.now() + 3_600_000,
  };
}
