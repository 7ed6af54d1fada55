import type { Redis } from "ioredis";
import { queueNames, type DeliveryEntry, type JobEntry } from "./entries.ts";
import { retryBackoff } from "./retry-backoff.ts";
import { createWorkQueue, type WorkQueue } from "./work-queue.ts";

export interface SynthesisQueueOptions {
  readonly redis: Redis;
  readonly prefix: string;
  readonly attempts: number;
}

const FIRST_RETRY_MS = 1000;

export function createSynthesisQueue({
  redis,
  prefix,
  attempts,
}: SynthesisQueueOptions): WorkQueue<JobEntry> {
  const jobOptions = { attempts, backoff: { type: "exponential", delay: FIRST_RETRY_MS } };
  return createWorkQueue({ redis, prefix, name: queueNames.synthesis, jobOptions });
}

export interface DeliveryQueueOptions {
  readonly redis: Redis;
  readonly prefix: string;
  readonly retryDelaysMs: readonly number[];
}

export function createDeliveryQueue({
  redis,
  prefix,
  retryDelaysMs,
}: DeliveryQueueOptions): WorkQueue<DeliveryEntry> {
  const jobOptions = { attempts: retryDelaysMs.length + 1, backoff: retryBackoff(retryDelaysMs) };
  return createWorkQueue({ redis, prefix, name: queueNames.webhookDelivery, jobOptions });
}
