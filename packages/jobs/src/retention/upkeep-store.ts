import type { Redis } from "ioredis";
import type { JobStatus } from "@herald/shared/jobs/status";
import type { QueueName } from "@herald/queue/queues/entries";
import type { WaitingPlace } from "@herald/queue/queues/work-queue";
import type { AttemptRef, DeliveryRef, EndpointRef, JobRef, Keys } from "@herald/platform/redis/keys";
import { endUnparking } from "@herald/webhooks/deliveries/end-unparking";
import { expireAudio } from "./expire-audio.ts";
import { forgetAudio } from "./forget-audio.ts";
import { forgetDelivery, type Forgotten } from "@herald/webhooks/deliveries/forget-delivery";
import { purgeJob } from "./purge-job.ts";
import { recountAudio } from "./recount-audio.ts";
import type { Delivery } from "@herald/webhooks/deliveries/delivery-record";
import {
  attemptMembers,
  createWorkList,
  deliveryMembers,
  endpointMembers,
  jobMembers,
  type WorkList,
} from "@herald/platform/redis/work-list";

type JobListName = "openJobs" | "audioExpiry" | "recordExpiry" | "looseEntries";
export type WorkListName = JobListName | "openDeliveries" | "deletedEndpoints";
/** What is looked through in turns: a list, or one of the places where a queue's entries wait. */
export type CursorName = WorkListName | `${QueueName}:${WaitingPlace}`;

/** What the housekeeper reads and writes besides the jobs themselves. */
export interface UpkeepStore {
  readonly lists: Readonly<Record<JobListName, WorkList>> & {
    readonly openDeliveries: WorkList<DeliveryRef>;
    /** By when they were settled or parked. */
    readonly settledDeliveries: WorkList<DeliveryRef>;
    readonly attempts: WorkList<AttemptRef>;
    readonly deletedEndpoints: WorkList<EndpointRef>;
    /** Enabled, with parked deliveries that are to be sent. */
    readonly unparkingEndpoints: WorkList<EndpointRef>;
  };

  /** Where the next look through a list begins; 0 when it was looked through to the end. */
  cursor(name: CursorName): Promise<number>;
  moveCursor(name: CursorName, to: number): Promise<void>;

  /** One field of many records, in one round trip; null for a record that is gone. */
  jobStatuses(refs: readonly JobRef[]): Promise<readonly (JobStatus | null)[]>;
  deliveryStatuses(refs: readonly DeliveryRef[]): Promise<readonly (Delivery["status"] | null)[]>;

  /** What all deliveries take. */
  deliveryBytes(): Promise<number>;
  /** "owed": it is on its way again, and stays. */
  forgetDelivery(ref: DeliveryRef): Promise<Forgotten>;

  /** The oldest of what is on its way to an endpoint, or parked for it. */
  owedTo(endpoint: EndpointRef, limit: number): Promise<readonly DeliveryRef[]>;

  /** The oldest of what is parked for an endpoint. */
  parkedFor(endpoint: EndpointRef, limit: number): Promise<readonly DeliveryRef[]>;
  /** Does nothing while the endpoint is enabled and has parked deliveries. */
  endUnparking(endpoint: EndpointRef): Promise<void>;

  /** For one that has no record any more, or is settled. */
  dropOwed(endpoint: EndpointRef, deliveryId: string): Promise<void>;

  /** From now on the job says that its audio is gone, although it may still be in storage. */
  expireAudio(ref: JobRef): Promise<void>;
  /** What the audio of all jobs takes. */
  audioBytes(): Promise<number>;
  /** For audio that is out of storage. Safe to repeat. */
  forgetAudio(ref: JobRef): Promise<void>;
  /** Goes on with a recount by about as many jobs. Null: there is more. Otherwise how many bytes too many were counted. */
  recountAudio(jobs: number): Promise<number | null>;
  /** "owed": a webhook of the job is still on its way, and nothing was purged. */
  purge(ref: JobRef): Promise<"purged" | "owed">;
}

export function createUpkeepStore(redis: Redis, keys: Keys): UpkeepStore {
  const list = (name: JobListName): WorkList => createWorkList(redis, keys[name], jobMembers);
  return {
    lists: {
      openJobs: list("openJobs"),
      openDeliveries: createWorkList(redis, keys.openDeliveries, deliveryMembers),
      settledDeliveries: createWorkList(redis, keys.settledDeliveries, deliveryMembers),
      attempts: createWorkList(redis, keys.attempts, attemptMembers),
      deletedEndpoints: createWorkList(redis, keys.deletedEndpoints, endpointMembers),
      unparkingEndpoints: createWorkList(redis, keys.unparkingEndpoints, endpointMembers),
      audioExpiry: list("audioExpiry"),
      recordExpiry: list("recordExpiry"),
      looseEntries: list("looseEntries"),
    },

    async cursor(name) {
      return Number((await redis.hget(keys.cursors, name)) ?? 0);
    },
    async moveCursor(name, to) {
      await redis.hset(keys.cursors, name, to);
    },

    async jobStatuses(refs) {
      const names = refs.map(({ tenant, jobId }) => keys.job(tenant, jobId));
      return (await readStatuses(redis, names)) as (JobStatus | null)[];
    },
    async deliveryStatuses(refs) {
      const names = refs.map(({ tenant, deliveryId }) => keys.delivery(tenant, deliveryId));
      return (await readStatuses(redis, names)) as (Delivery["status"] | null)[];
    },

    async deliveryBytes() {
      return Number((await redis.get(keys.deliveryBytes)) ?? 0);
    },
    forgetDelivery: (ref) => forgetDelivery(redis, keys, ref),

    async owedTo({ tenant, endpointId }, limit) {
      const lists = [keys.endpointPending(tenant, endpointId), keys.endpointParked(tenant, endpointId)];
      const ids = await Promise.all(lists.map((list) => redis.zrange(list, "0", String(limit - 1))));
      return ids.flat().map((deliveryId) => ({ tenant, deliveryId }));
    },

    async parkedFor({ tenant, endpointId }, limit) {
      const ids = await redis.zrange(keys.endpointParked(tenant, endpointId), "0", String(limit - 1));
      return ids.map((deliveryId) => ({ tenant, deliveryId }));
    },
    endUnparking: (endpoint) => endUnparking(redis, keys, endpoint),

    async dropOwed({ tenant, endpointId }, deliveryId) {
      await Promise.all([
        redis.zrem(keys.endpointPending(tenant, endpointId), deliveryId),
        redis.zrem(keys.endpointParked(tenant, endpointId), deliveryId),
      ]);
    },

    expireAudio: (ref) => expireAudio(redis, keys, ref),
    async audioBytes() {
      return Number((await redis.get(keys.audioBytes)) ?? 0);
    },
    forgetAudio: (ref) => forgetAudio(redis, keys, ref),
    recountAudio: (jobs) => recountAudio(redis, keys, jobs),
    purge: (ref) => purgeJob(redis, keys, ref),
  };
}

async function readStatuses(redis: Redis, hashes: readonly string[]): Promise<(string | null)[]> {
  const pipeline = redis.pipeline();
  for (const hash of hashes) pipeline.hget(hash, "status");
  const replies = (await pipeline.exec()) ?? [];
  return replies.map(([error, status]) => {
    if (error !== null) throw error;
    return status as string | null;
  });
}
