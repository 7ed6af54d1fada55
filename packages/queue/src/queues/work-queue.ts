import { Job, Queue, type JobsOptions } from "bullmq";
import type { Redis } from "ioredis";
import type { Stoppable } from "@herald/shared/stoppable";
import type { EntryFields } from "./add-entry.ts";
import type { QueueName } from "./entries.ts";

/**
 * Where an entry stands, in the words that a reconciler needs. `open`: a worker has it, or one will. `lost`: it was given up
 * because it lost its worker too often, and not for what an attempt came to.
 */
export type EntryState = "missing" | "open" | "completed" | "failed" | "lost";

/** Why the housekeeper fails the entry of a worker that was killed. */
export const WORKER_LOST = "worker_lost";
/** And BullMQ's words for one whose lock ran out time after time. */
const LOST_REASONS: ReadonlySet<string | null> = new Set([
  WORKER_LOST,
  "job stalled more than allowable limit",
]);

export interface WorkQueue<Entry> extends Stoppable {
  readonly name: QueueName;

  /** Adds the entry; an id that is already there is left as it is. */
  add(id: string, entry: Entry, options?: JobsOptions): Promise<void>;

  /** The entry as BullMQ would write it, for a script that puts it into the queue itself. */
  describe(id: string, entry: Entry): EntryFields;

  /** "held": a worker has the entry, so it stays. Never a verdict on whether there was one. */
  remove(id: string): Promise<"removed" | "held">;

  /** In one round trip, unless entries have ended. */
  statesOf(ids: readonly string[]): Promise<readonly EntryState[]>;

  /** Entries that no worker has, by rank in one of the places where they wait. */
  page(place: WaitingPlace, from: number, count: number): Promise<readonly QueuedEntry<Entry>[]>;

  counts(): Promise<Record<string, number>>;
}

export const waitingPlaces = ["wait", "prioritized", "delayed"] as const;
export type WaitingPlace = (typeof waitingPlaces)[number];

export interface QueuedEntry<Entry> {
  readonly id: string;
  readonly entry: Entry;
}

export interface WorkQueueOptions {
  readonly redis: Redis;
  readonly prefix: string;
  readonly name: QueueName;
  readonly jobOptions: JobsOptions;
}

/**
 * Of entries that ended: an operator's view of the recent past. The record, not the entry, is the truth about a job.
 * Whoever ends an entry says so, because a million that wait would each have to carry it.
 */
export const KEPT_ENTRIES = { age: 3600, count: 1000 };
const KEPT_EVENTS = 1000;

export function createWorkQueue<Entry>(options: WorkQueueOptions): WorkQueue<Entry> {
  const { redis, prefix, name, jobOptions } = options;
  // Without these two, a queue made while Redis is away never answers again, not even once Redis is back.
  const queue = new Queue(name, {
    connection: redis,
    prefix,
    defaultJobOptions: jobOptions,
    skipVersionCheck: true,
    skipWaitingForReady: true,
    streams: { events: { maxLen: KEPT_EVENTS } },
  });
  queue.on("error", () => undefined); // The connection's owner logs its errors.

  return {
    name,
    async add(id, entry, options) {
      await queue.add(name, entry, { ...options, jobId: id });
    },
    describe(id, entry) {
      const { data, opts, timestamp } = new Job(queue, name, entry, jobOptions, id).asJSON();
      return { id, name, data, opts: JSON.stringify(opts), timestamp };
    },
    async remove(id) {
      return (await queue.remove(id)) === 1 ? "removed" : "held";
    },

    async statesOf(ids) {
      const pipeline = redis.pipeline();
      for (const id of ids) pipeline.hmget(queue.toKey(id), "name", "finishedOn", "failedReason");
      const replies = (await pipeline.exec()) ?? [];
      return Promise.all(replies.map((reply, i) => judge(reply, () => queue.getJobState(ids[i] ?? ""))));
    },
    async page(place, from, count) {
      const [first, last] = [from, from + count - 1];
      const key = queue.toKey(place);
      const ids = await (place === "wait"
        ? redis.lrange(key, first, last)
        : redis.zrange(key, String(first), String(last)));
      const pipeline = redis.pipeline();
      for (const id of ids) pipeline.hget(queue.toKey(id), "data");
      const replies = (await pipeline.exec()) ?? [];
      // One without data was taken since, and has ended: nothing is left to say of it.
      return replies.flatMap(([, data], i) =>
        typeof data === "string" ? [{ id: ids[i] ?? "", entry: JSON.parse(data) as Entry }] : [],
      );
    },
    counts: () => queue.getJobCounts("waiting", "prioritized", "active", "delayed", "failed"),
    stop: () => queue.close(),
  };
}

/**
 * These fields tell the common cases apart. BullMQ's own question searches the waiting list from end to end, which is asked
 * for an ended entry only: those are found before it comes to that.
 */
async function judge(
  [error, fields]: [Error | null, unknown],
  askBull: () => Promise<string>,
): Promise<EntryState> {
  if (error !== null) {
    throw error;
  }
  const [name, finishedOn, failedReason = null] = fields as (string | null)[];
  if (name === null) {
    return "missing";
  }
  const state = finishedOn === null ? "open" : (ENDED_STATES[await askBull()] ?? "open");
  return state === "failed" && LOST_REASONS.has(failedReason) ? "lost" : state;
}

const ENDED_STATES: Readonly<Record<string, EntryState>> = {
  completed: "completed",
  failed: "failed",
  unknown: "missing",
};
