import { Job, Queue, type IRedisTransaction, type JobsOptions } from "bullmq";
import type { ChainableCommander, Redis } from "ioredis";
import type { Stoppable } from "../lifecycle/stoppable.ts";
import type { QueueName } from "./entries.ts";

/** Where an entry stands, in the words that a reconciler needs. `open`: a worker has it, or one will. */
export type EntryState = "missing" | "open" | "completed" | "failed";

export interface WorkQueue<Entry> extends Stoppable {
  readonly name: QueueName;

  /** Adds the entry; an id that is already there is left as it is. */
  add(id: string, entry: Entry, options?: JobsOptions): Promise<void>;

  /** The same as part of a transaction of the caller's, on the connection that this queue was made with. */
  addTo(
    transaction: ChainableCommander,
    id: string,
    ...rest: [entry: Entry, options?: JobsOptions]
  ): Promise<void>;

  /** "held": a worker has the entry, so it stays. Never a verdict on whether there was one. */
  remove(id: string): Promise<"removed" | "held">;

  /** In one round trip, unless entries have ended. */
  statesOf(ids: readonly string[]): Promise<readonly EntryState[]>;

  counts(): Promise<Record<string, number>>;
}

export interface WorkQueueOptions {
  readonly redis: Redis;
  readonly prefix: string;
  readonly name: QueueName;
  readonly jobOptions: JobsOptions;
}

/** An operator's view of the recent past; the record, not the entry, is the truth about a job. */
const KEPT_ENTRIES = { age: 3600, count: 1000 };
const KEPT_EVENTS = 1000;

export function createWorkQueue<Entry>(options: WorkQueueOptions): WorkQueue<Entry> {
  const { redis, prefix, name, jobOptions } = options;
  const defaults = { removeOnComplete: KEPT_ENTRIES, removeOnFail: KEPT_ENTRIES, ...jobOptions };
  // Without these two, a queue made while Redis is away never answers again, not even once Redis is back.
  const queue = new Queue(name, {
    connection: redis,
    prefix,
    defaultJobOptions: defaults,
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
    async addTo(transaction, id, ...[entry, options]) {
      const job = new Job(queue, name, entry, { ...defaults, ...options, jobId: id }, id);
      await job.addJob(asBullTransaction(transaction));
    },
    async remove(id) {
      return (await queue.remove(id)) === 1 ? "removed" : "held";
    },
    async statesOf(ids) {
      const pipeline = redis.pipeline();
      for (const id of ids) pipeline.hmget(queue.toKey(id), "name", "finishedOn");
      const replies = (await pipeline.exec()) ?? [];
      return Promise.all(replies.map((reply, i) => judge(reply, () => queue.getJobState(ids[i] ?? ""))));
    },
    counts: () => queue.getJobCounts("waiting", "prioritized", "active", "delayed", "failed"),
    stop: () => queue.close(),
  };
}

/**
 * Two fields tell the common cases apart. BullMQ's own question searches the waiting list from end to end, which is asked
 * for an ended entry only: those are found before it comes to that.
 */
async function judge(
  [error, fields]: [Error | null, unknown],
  askBull: () => Promise<string>,
): Promise<EntryState> {
  if (error !== null) {
    throw error;
  }
  const [name, finishedOn] = fields as [string | null, string | null];
  if (name === null) {
    return "missing";
  }
  return finishedOn === null ? "open" : (ENDED_STATES[await askBull()] ?? "open");
}

const ENDED_STATES: Readonly<Record<string, EntryState>> = {
  completed: "completed",
  failed: "failed",
  unknown: "missing",
};

/** BullMQ calls its scripts by name on the transaction; making the queue defined them on the connection. */
function asBullTransaction(transaction: ChainableCommander): IRedisTransaction {
  const commands = transaction as unknown as Record<string, ((args: unknown[]) => void) | undefined>;
  const bull = {
    runCommand(command: string, args: unknown[]) {
      if (commands[command] === undefined) {
        throw new Error(`the transaction was not made on this queue's connection: no ${command}`);
      }
      commands[command](args);
      return bull;
    },
  };
  return bull as IRedisTransaction;
}
