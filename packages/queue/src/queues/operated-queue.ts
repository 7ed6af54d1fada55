import { Queue, type Job as BullJob, type JobType } from "bullmq";
import type { Redis } from "ioredis";
import type { Stoppable } from "@herald/shared/stoppable";
import type { QueueName } from "./entries.ts";
import { hasMovedOn } from "./moved-on.ts";

/** An entry as an operator meets it: whatever is in it was read from Redis, and is not to be trusted. */
export interface FoundEntry {
  readonly id: string;
  /** In BullMQ's words: `waiting`, `prioritized`, `delayed`, `active`, `completed`, `failed`. */
  readonly state: string;
  readonly data: unknown;
}

/** What an operator can do to one queue. Whether it may be done is for the caller to decide, from the records. */
export interface OperatedQueue extends Stoppable {
  readonly name: QueueName;
  /** BullMQ's own object, for a board that reads it. */
  readonly bull: Queue;

  find(id: string): Promise<FoundEntry | null>;
  /** The oldest in a state, leaving out the first `skip`. */
  list(state: JobType, page: { skip: number; limit: number }): Promise<readonly FoundEntry[]>;

  /** Has a failed entry wait again with all its attempts ahead of it. "stale": it is not failed any more. */
  retry(id: string): Promise<"applied" | "stale">;
  /** Has a delayed entry wait no longer. "stale": it does not any more. */
  promote(id: string): Promise<"applied" | "stale">;
  /** "held": a worker has the entry, or a schedule hangs on it, so it stays. */
  remove(id: string): Promise<"removed" | "held">;
  pause(): Promise<void>;
  resume(): Promise<void>;
}

export interface OperatedQueueOptions {
  readonly redis: Redis;
  readonly prefix: string;
  readonly name: QueueName;
}

export function openOperatedQueue({ redis, prefix, name }: OperatedQueueOptions): OperatedQueue {
  const options = { connection: redis, prefix, skipVersionCheck: true, skipWaitingForReady: true };
  const bull = new Queue(name, options);
  bull.on("error", () => undefined); // The connection's owner logs its errors.

  return {
    name,
    bull,
    async find(id) {
      const job = await bull.getJob(id);
      return job === undefined ? null : { ...describe(job), state: await job.getState() };
    },
    async list(state, { skip, limit }) {
      const jobs = await bull.getJobs([state], skip, skip + limit - 1, true);
      return jobs.map((job) => ({ ...describe(job), state }));
    },
    // One by one: BullMQ's own `retryJobs` and `promoteJobs` reset no attempts, and put what they move ahead of every
    // entry that has a priority.
    retry: (id) =>
      act(bull, id, (job) => job.retry("failed", { resetAttemptsMade: true, resetAttemptsStarted: true })),
    promote: (id) => act(bull, id, (job) => job.promote()),
    async remove(id) {
      return (await bull.remove(id)) === 1 ? "removed" : "held";
    },
    pause: () => bull.pause(),
    resume: () => bull.resume(),
    stop: () => bull.close(),
  };
}

function describe({ id, data }: BullJob): Omit<FoundEntry, "state"> {
  return { id: id ?? "", data: data as unknown };
}

async function act(
  bull: Queue,
  id: string,
  action: (job: BullJob) => Promise<void>,
): Promise<"applied" | "stale"> {
  const job = await bull.getJob(id);
  if (job === undefined) {
    return "stale";
  }
  try {
    await action(job);
    return "applied";
  } catch (error) {
    if (hasMovedOn(error)) {
      return "stale";
    }
    throw error;
  }
}
