import { randomUUID } from "node:crypto";
import { Queue } from "bullmq";
import { newFence } from "@herald/shared/jobs/ids";
import { complete } from "@herald/shared/jobs/status";
import { createDeliveryQueue, createSynthesisQueue } from "@herald/queue/queues/queues";
import { connectPatiently } from "@herald/platform/redis/connect";
import { createKeys } from "@herald/platform/redis/keys";
import { createJob } from "@herald/jobs/admission/create-job";
import { createFinishJob } from "@herald/jobs/ending/finish-job";
import { createJobStore } from "@herald/jobs/record/job-store";
import { startApp } from "../../tests/support/apps.ts";
import { newSecrets } from "../../tests/support/herald-env.ts";
import { audioOf, OPEN_DOORS, requestOf } from "../../tests/support/test-store.ts";
import { freePort } from "../../tests/support/wait.ts";
import { now } from "./clock.ts";
import { messageFrom, startPart, stopPart } from "./processes.ts";

/** One of the two senders that are compared: what gives it events, and its process. */
export interface Sender {
  readonly pid: number;
  /** Has an event sent to the URL. */
  emit(url: string): Promise<Emitted>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
}

export interface Emitted {
  /** Of its webhook. */
  readonly id: string;
  /** When it happened. */
  readonly at: number;
}

export const CONCURRENCY = 64;
/** With the rest of what a job says of itself it makes a body of about 1 KB. */
const METADATA = { note: "x".repeat(400) };
export const BODY = JSON.stringify({ type: "job.completed", data: "x".repeat(980) });

/** Herald's webhook worker. An event is a job that ends, which is how it always begins. */
export async function startHeraldSender(redisUrl: string): Promise<Sender> {
  const redis = connectPatiently(redisUrl, () => undefined);
  const keys = createKeys("herald");
  const queueOptions = { redis, prefix: keys.queuePrefix };
  const synthesis = createSynthesisQueue({ ...queueOptions, attempts: 3 });
  const deliveries = createDeliveryQueue({ ...queueOptions, retryDelaysMs: [2000, 4000, 8000] });
  const bull = new Queue(deliveries.name, { connection: redis, prefix: keys.queuePrefix });
  const jobs = createJobStore(redis, keys);
  const finishJob = createFinishJob({
    redis,
    keys,
    deliveries,
    links: { audioUrl: (job) => `http://herald.test/v1/jobs/${job.id}/audio` },
    recordTtlMs: 3_600_000,
    keepText: false,
    onDeliveryDelayed: (error) => {
      throw error;
    },
  });
  const worker = startApp("webhook-worker", {
    REDIS_URL: redisUrl,
    HEALTH_PORT: String(await freePort()),
    ...newSecrets(),
    WEBHOOK_ALLOW_CIDRS: "127.0.0.0/8",
    WEBHOOK_CONCURRENCY: String(CONCURRENCY),
    LOG_LEVEL: "warn",
  });
  return {
    pid: worker.pid,
    async emit(url) {
      const request = requestOf({ webhookUrl: url, metadata: METADATA });
      const { job } = await createJob(
        { redis, keys, queue: synthesis, idempotencyTtlMs: 60_000, ...OPEN_DOORS },
        {
          tenant: "bench",
          keyId: "key_1",
          keyHash: null,
          limits: {},
          request,
          text: "Hello.",
          idempotencyKey: null,
          now: new Date(),
        },
      );
      const ref = { tenant: job.tenant, jobId: job.id };
      const lock = keys.entryLock(synthesis.name, job.id);
      await redis.set(lock, "bench");
      const claim = await jobs.claim({ ref, fence: newFence(), token: "bench", now: new Date() });
      await redis.del(lock);
      if (claim.kind !== "claimed") throw new Error(`a new job was ${claim.kind}`);
      const ending = complete(claim.job, { audio: audioOf(claim.job), segments: 1 }, new Date());
      const at = now();
      await finishJob(claim.job, ending);
      return { id: `evt_${job.id}`, at };
    },
    pause: () => bull.pause(),
    resume: () => bull.resume(),
    async stop() {
      await worker.stop();
      await Promise.all([bull.close(), synthesis.stop(), deliveries.stop()]);
      await redis.quit();
    },
  };
}

/** A bare BullMQ worker (bare-worker.ts) with as many slots. */
export async function startBareSender(redisUrl: string): Promise<Sender> {
  const redis = connectPatiently(redisUrl, () => undefined);
  const queue = new Queue("bare", { connection: redis });
  const child = startPart("bare-worker", [redisUrl, "bare", String(CONCURRENCY)]);
  await messageFrom(child);
  return {
    pid: child.pid ?? 0,
    async emit(url) {
      const jobId = randomUUID();
      const at = now();
      await queue.add("webhook", { url, body: BODY }, { jobId, attempts: 4, removeOnComplete: 1000 });
      return { id: jobId, at };
    },
    pause: () => queue.pause(),
    resume: () => queue.resume(),
    async stop() {
      await stopPart(child);
      await queue.close();
      await redis.quit();
    },
  };
}
