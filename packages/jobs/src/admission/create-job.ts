import { hash } from "node:crypto";
import type { Redis } from "ioredis";
import { AppError } from "@herald/shared/errors";
import { newJob, parseJobRecord } from "../record/job-record.ts";
import { createdAtOf, newJobId } from "@herald/shared/jobs/ids";
import { priorities, type Job, type JobRequest } from "@herald/shared/jobs/job";
import type { Limits } from "@herald/shared/jobs/limits";
import type { JobEntry } from "@herald/queue/queues/entries";
import type { WorkQueue } from "@herald/queue/queues/work-queue";
import type { Keys } from "@herald/platform/redis/keys";
import { admitJob, type AdmissionTerms, type JobInsertion, type RateLeft } from "./admit-job.ts";
import { restoreEntry } from "../fair-queue/restore-entry.ts";
import type { RefusalMemory } from "./refusal-memory.ts";
import { Refusal, refuseEndlessWait } from "./refusal.ts";

export interface CreateJobDeps {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly queue: WorkQueue<JobEntry>;
  readonly idempotencyTtlMs: number;
  /** Jobs of all tenants that may wait. */
  readonly maxPendingJobs: number;
  /** How large a tenant's share is, when others wait too. */
  readonly weightOf: (tenant: string) => number;
  /** Whether Redis has so little memory left that it should be spared. */
  readonly isMemoryFull: () => boolean;
  /** What the audio of all jobs may take; undefined without a quota. */
  readonly maxAudioBytes: number | undefined;
  readonly refusals: RefusalMemory;
}

export interface JobSubmission {
  readonly tenant: string;
  readonly keyId: string;
  /** By which the key is looked up once more, in the step that makes the job; null where nobody could have removed it since. */
  readonly keyHash: string | null;
  readonly limits: Limits;
  readonly request: JobRequest;
  readonly text: string;
  readonly idempotencyKey: string | null;
  readonly now: Date;
}

export interface CreatedJob {
  readonly job: Job;
  /** True when an earlier request with the same Idempotency-Key had made the job: nothing was charged for this one. */
  readonly replayed: boolean;
  /** What the key may still submit now; null when nothing was charged. */
  readonly left: RateLeft | null;
}

/**
 * Makes the job durable: its record and its queue entry in one step, with everything that it is charged for. Safe to repeat
 * with the same idempotency key. Throws `invalid_api_key` when the key was removed meanwhile, a Refusal when a limit is
 * reached, and `idempotency_key_reused` when the key named a different submission.
 */
export async function createJob(deps: CreateJobDeps, submission: JobSubmission): Promise<CreatedJob> {
  refuseEndlessWait(submission.limits, submission.request.textChars);
  refuseAgain(deps, submission);
  const reservation = reservationOf(deps, submission);
  const submitted = await admit(deps, submission, { id: newJobId(submission.now), reservation });
  return submitted.kind === "made"
    ? submitted.created
    : jobOfKey(deps, submission, { id: submitted.jobId, reservation });
}

/** What has no Idempotency-Key cannot be a repetition that is to be answered with its job. */
function refuseAgain({ refusals }: CreateJobDeps, submission: JobSubmission): void {
  const refused = submission.idempotencyKey === null ? refusals.find(submission) : null;
  if (refused !== null) {
    throw new Refusal(refused, submission.limits);
  }
}

/** The job that an Idempotency-Key stands for. */
async function jobOfKey(
  deps: CreateJobDeps,
  submission: JobSubmission,
  attempt: Attempt,
): Promise<CreatedJob> {
  const standing = await readJob(deps, submission.tenant, attempt.id);
  if (standing !== null) {
    return { job: standing, replayed: true, left: null };
  }
  // The key outlived its job's record. Whoever inserts first makes the job, and everybody's answer names it.
  const submitted = await admit(deps, submission, attempt);
  if (submitted.kind === "named") {
    throw new AppError("internal_error", "an Idempotency-Key changed its job");
  }
  return submitted.created;
}

interface Reservation {
  readonly keyHash: string;
  readonly fingerprint: string;
  readonly ttlMs: number;
}

interface Attempt {
  readonly id: string;
  readonly reservation: Reservation | null;
}

type Submitted =
  | { readonly kind: "made"; readonly created: CreatedJob }
  /** The Idempotency-Key stands for another job. */
  | { readonly kind: "named"; readonly jobId: string };

async function admit(
  deps: CreateJobDeps,
  submission: JobSubmission,
  { id, reservation }: Attempt,
): Promise<Submitted> {
  const { tenant, request, text } = submission;
  const job: JobInsertion = { id, tenant, request, text, createdAt: createdAtOf(id) };
  const entry = entryOf(deps.queue, job);
  const admission = await admitJob(deps, { ...job, entry }, termsOf(deps, submission, { id, reservation }));
  switch (admission.kind) {
    case "admitted":
      return made({ job: newJob(job), replayed: false, left: admission.left });
    case "refused":
      deps.refusals.keep(submission, admission);
      throw new Refusal(admission, submission.limits);
    case "unknown_key":
      throw new AppError("invalid_api_key", "this API key is not known");
    case "exists":
      return made({
        job: (await readJob(deps, tenant, id)) ?? newJob(job),
        replayed: reservation !== null,
        left: null,
      });
    case "named":
      return { kind: "named", jobId: sameSubmission(admission.value, reservation) };
  }
}

function made(created: CreatedJob): Submitted {
  return { kind: "made", created };
}

function termsOf(
  deps: CreateJobDeps,
  submission: JobSubmission,
  { id, reservation }: Attempt,
): AdmissionTerms {
  const { tenant, keyId, keyHash, limits, now } = submission;
  return {
    keyId,
    keyHash,
    limits,
    maxPendingJobs: deps.maxPendingJobs,
    memoryIsFull: deps.isMemoryFull(),
    refused: deps.refusals.find(submission),
    maxAudioBytes: deps.maxAudioBytes,
    weight: deps.weightOf(tenant),
    idempotency: reservation && { ...reservation, value: `${reservation.fingerprint} ${id}` },
    now,
  };
}

function reservationOf(
  { idempotencyTtlMs }: CreateJobDeps,
  { idempotencyKey, request, text }: JobSubmission,
): Reservation | null {
  return idempotencyKey === null
    ? null
    : {
        keyHash: sha256(idempotencyKey),
        fingerprint: sha256(JSON.stringify([{ ...request, requestId: "" }, text])),
        ttlMs: idempotencyTtlMs,
      };
}

function sameSubmission(standing: string, reservation: Reservation | null): string {
  const [fingerprint, jobId = ""] = standing.split(" ");
  if (fingerprint !== reservation?.fingerprint) {
    throw new AppError("idempotency_key_reused", "this Idempotency-Key was used with a different request", {
      param: "Idempotency-Key",
    });
  }
  return jobId;
}

async function readJob({ redis, keys }: CreateJobDeps, tenant: string, jobId: string): Promise<Job | null> {
  return parseJobRecord({ tenant, jobId }, await redis.hgetall(keys.job(tenant, jobId)));
}

/** Gives an unfinished job without an entry its place in the queue again. Safe to repeat: the entry's id is the job's. */
export async function enqueueJob(
  { redis, keys, queue }: Pick<CreateJobDeps, "redis" | "keys" | "queue">,
  job: QueuedJob,
): Promise<void> {
  const lane = priorities.indexOf(job.request.priority);
  await restoreEntry(redis, keys, { tenant: job.tenant, lane, entry: entryOf(queue, job) });
}

type QueuedJob = Pick<Job, "id" | "tenant" | "request">;

function entryOf(queue: WorkQueue<JobEntry>, { id, tenant, request }: QueuedJob) {
  return queue.describe(id, { tenant, jobId: id, requestId: request.requestId });
}

function sha256(text: string): string {
  return hash("sha256", text);
}
