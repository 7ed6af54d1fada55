import type { Redis } from "ioredis";
import type { EndpointState } from "@herald/shared/jobs/job";
import { queueNames, type QueueName } from "@herald/queue/queues/entries";
import type { Keys } from "@herald/platform/redis/keys";
import { ENDPOINT_FORGOTTEN_MS } from "@herald/webhooks/limiter/endpoint-state";
import { countWorkers } from "@herald/queue/worker/presence";
import { oldestWaitingDelivery, oldestWaitingJob } from "./oldest-waiting.ts";
import { parseRedisInfo, type RedisState } from "@herald/platform/redis/redis-info";

export interface QueueState {
  readonly entries: Readonly<Record<"waiting" | "prioritized" | "active" | "delayed" | "failed", number>>;
  /** Entries whose delay ended a while ago and that nobody has moved on: no worker of the queue is alive. */
  readonly overdue: number;
  readonly paused: boolean;
  /** Processes that said lately that they are there. */
  readonly workers: number;
}

/** What all processes of a deployment share, as seen in Redis at one moment. */
export interface DeploymentState {
  readonly queues: Readonly<Record<QueueName, QueueState>>;
  /** How long the entry that waits longest has waited; 0 when none does. */
  readonly oldestWaitingMs: Readonly<Record<"synthesis" | "webhook-delivery", number>>;
  readonly openJobs: number;
  readonly openDeliveries: number;
  /** Endpoints that keep failing, and get one probe now and then. */
  readonly openBreakers: number;
  /** Deliveries that wait for their endpoint to be enabled. */
  readonly parkedDeliveries: number;
  readonly endpoints: Readonly<Record<EndpointState, number>>;
  /** What all deliveries take in Redis. */
  readonly deliveryBytes: number;
  /** Audio whose time is over and that is not deleted yet. */
  readonly audioOverdue: number;
  /** What the audio of all jobs takes in storage. */
  readonly audioBytes: number;
  readonly redis: RedisState;
}

export interface DeploymentReaderDeps {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly now: () => Date;
}

/** A worker moves an entry on when its delay ends; one that is this late has no worker. */
const OVERDUE_AFTER_MS = 5000;
/** BullMQ scores a delayed entry by its time in the upper bits, and a counter in the 12 lower ones. */
const DELAYED_SCORE_UNIT = 0x1000;

/** Some forty commands, none of which takes longer the longer a queue is, beyond its logarithm. */
export function createDeploymentReader(deps: DeploymentReaderDeps): () => Promise<DeploymentState> {
  const { redis, keys } = deps;
  return async () => {
    const now = deps.now();
    const ageMs = (since: Date | null): number =>
      since === null ? 0 : Math.max(0, now.getTime() - since.getTime());
    const queue = (name: QueueName) => readQueue(deps, name, now);
    const [synthesis, deliveries, housekeeping, oldestJob, oldestDelivery, counts, endpoints, info] =
      await Promise.all([
        queue(queueNames.synthesis),
        queue(queueNames.webhookDelivery),
        queue(queueNames.housekeeping),
        oldestWaitingJob(redis, keys),
        oldestWaitingDelivery(redis, keys),
        readCounts(redis, keys, now),
        countEndpoints(redis, keys),
        redis.info(),
      ]);
    return {
      queues: { synthesis, "webhook-delivery": deliveries, housekeeping },
      oldestWaitingMs: { synthesis: ageMs(oldestJob), "webhook-delivery": ageMs(oldestDelivery) },
      ...counts,
      endpoints,
      redis: parseRedisInfo(info),
    };
  };
}

async function readCounts(redis: Redis, keys: Keys, now: Date) {
  const [openJobs, openDeliveries, openBreakers, parkedDeliveries, deliveryBytes, audioOverdue, audioBytes] =
    await Promise.all([
      redis.zcard(keys.openJobs),
      redis.zcard(keys.openDeliveries),
      redis.zcount(keys.openBreakers, now.getTime() - ENDPOINT_FORGOTTEN_MS, "+inf"),
      redis.scard(keys.parkedDeliveries),
      redis.get(keys.deliveryBytes),
      redis.zcount(keys.audioExpiry, "-inf", now.getTime()),
      redis.get(keys.audioBytes),
    ]);
  return {
    openJobs,
    openDeliveries,
    openBreakers,
    parkedDeliveries,
    deliveryBytes: Number(deliveryBytes ?? 0),
    audioOverdue,
    audioBytes: Number(audioBytes ?? 0),
  };
}

async function countEndpoints(redis: Redis, keys: Keys): Promise<Record<EndpointState, number>> {
  const [enabled, failing, disabled] = await Promise.all([
    redis.scard(keys.endpointsWithState("enabled")),
    redis.scard(keys.endpointsWithState("failing")),
    redis.scard(keys.endpointsWithState("disabled")),
  ]);
  return { enabled, failing, disabled };
}

async function readQueue(
  { redis, keys }: DeploymentReaderDeps,
  name: QueueName,
  now: Date,
): Promise<QueueState> {
  const overdueScore = (now.getTime() - OVERDUE_AFTER_MS) * DELAYED_SCORE_UNIT;
  const part = (which: Parameters<Keys["queuePart"]>[1]) => keys.queuePart(name, which);
  const [waiting, prioritized, active, delayed, failed, overdue, paused, workers] = await Promise.all([
    redis.llen(part("wait")),
    redis.zcard(part("prioritized")),
    redis.llen(part("active")),
    redis.zcard(part("delayed")),
    redis.zcard(part("failed")),
    redis.zcount(part("delayed"), "-inf", overdueScore),
    redis.hexists(part("meta"), "paused"),
    countWorkers(redis, keys, name),
  ]);
  const entries = { waiting, prioritized, active, delayed, failed };
  return { entries, overdue, paused: paused === 1, workers };
}
