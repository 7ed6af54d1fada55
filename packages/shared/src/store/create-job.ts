import { createHash } from "node:crypto";
import type { Redis } from "ioredis";
import { AppError } from "../errors.ts";
import { createdAtOf, newJob, newJobId, parseJobRecord, type Job, type JobRequest } from "../job/index.ts";
import { synthesisOptions, type JobEntry, type WorkQueue } from "../queues/index.ts";
import type { Keys } from "../redis/keys.ts";
import { insertJob, type JobInsertion } from "../redis/scripts/insert-job.ts";
import { reserveIdempotencyKey } from "../redis/scripts/reserve-idempotency-key.ts";

export interface CreateJobDeps {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly queue: WorkQueue<JobEntry>;
  readonly idempotencyTtlMs: number;
}

export interface JobSubmission {
  readonly tenant: string;
  readonly request: JobRequest;
  readonly text: string;
  readonly idempotencyKey: string | null;
  readonly now: Date;
}

export interface CreatedJob {
  readonly job: Job;
  /** True when an earlier request with the same Idempotency-Key had made the job. */
  readonly replayed: boolean;
}

/**
 * Makes the job durable: its record and its queue entry in one MULTI. Safe to repeat with the same idempotency key, also
 * when the first try died half-way. Throws `idempotency_key_reused` when the key named a different submission.
 */
export async function createJob(deps: CreateJobDeps, submission: JobSubmission): Promise<CreatedJob> {
  const { tenant, request, text } = submission;
  const name = await chooseName(deps, submission);
  const standing = name.taken ? await readJob(deps, tenant, name.jobId) : null;
  if (standing !== null) {
    return { job: standing, replayed: true };
  }
  // A name that is taken by nobody's job was reserved by a request that has not got this far, or never will: whoever
  // inserts first makes the job, and everybody's answer names it.
  return insert(deps, { id: name.jobId, tenant, request, text, createdAt: createdAtOf(name.jobId) });
}

interface JobName {
  readonly jobId: string;
  /** Whether an earlier request with the same key chose it. */
  readonly taken: boolean;
}

async function chooseName(deps: CreateJobDeps, submission: JobSubmission): Promise<JobName> {
  const ours = newJobId(submission.now);
  const { idempotencyKey } = submission;
  return idempotencyKey === null
    ? { jobId: ours, taken: false }
    : reserveName(deps, { ...submission, idempotencyKey }, ours);
}

async function reserveName(
  { redis, keys, idempotencyTtlMs }: CreateJobDeps,
  submission: JobSubmission & { idempotencyKey: string },
  ours: string,
): Promise<JobName> {
  const fingerprint = sha256(JSON.stringify([{ ...submission.request, requestId: "" }, submission.text]));
  const standing = await reserveIdempotencyKey(redis, {
    key: keys.idempotency(submission.tenant, sha256(submission.idempotencyKey)),
    value: `${fingerprint} ${ours}`,
    ttlMs: idempotencyTtlMs,
  });
  const [standingFingerprint, jobId = ours] = standing.split(" ");
  if (standingFingerprint !== fingerprint) {
    throw new AppError("idempotency_key_reused", "this Idempotency-Key was used with a different request", {
      param: "Idempotency-Key",
    });
  }
  return { jobId, taken: jobId !== ours };
}

async function readJob({ redis, keys }: CreateJobDeps, tenant: string, jobId: string): Promise<Job | null> {
  return parseJobRecord(await redis.hgetall(keys.job(tenant, jobId)));
}

async function insert(deps: CreateJobDeps, insertion: JobInsertion): Promise<CreatedJob> {
  const { redis, keys, queue } = deps;
  const { id, tenant } = insertion;
  const transaction = redis.multi();
  insertJob(transaction, keys, insertion);
  await queue.addTo(transaction, id, entryOf(insertion), optionsOf(insertion));
  const [inserted, enqueued] = (await transaction.exec()) ?? [];

  if (inserted?.[0] !== null) {
    throw inserted?.[0] ?? new AppError("redis_unavailable", "the job could not be stored");
  }
  if (enqueued?.[0] !== null) {
    // MULTI does not roll back. The usual reason is a flushed script cache, which a plain add gets over.
    await enqueueJob(queue, insertion);
  }
  const replayed = inserted[1] !== 1;
  const job = replayed ? await readJob(deps, tenant, id) : null;
  return { job: job ?? newJob(insertion), replayed };
}

/** Safe to repeat: the entry's id is the job's. Also for whoever finds an unfinished job that no entry stands for. */
export async function enqueueJob(queue: WorkQueue<JobEntry>, job: QueuedJob): Promise<void> {
  await queue.add(job.id, entryOf(job), optionsOf(job));
}

type QueuedJob = Pick<Job, "id" | "tenant" | "request">;

function entryOf({ id, tenant, request }: QueuedJob): JobEntry {
  return { tenant, jobId: id, requestId: request.requestId };
}

function optionsOf({ request }: QueuedJob): ReturnType<typeof synthesisOptions> {
  return synthesisOptions(request.priority);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
