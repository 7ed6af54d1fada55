import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import type { Keys } from "@herald/platform/redis/keys";
import { queueNames } from "./entries.ts";

export const housekeepingTasks = ["expire-audio", "reconcile", "purge-records"] as const;
export type HousekeepingTask = (typeof housekeepingTasks)[number];

/** One run of one task. */
export interface HousekeepingEntry {
  readonly task: HousekeepingTask;
}

export interface HousekeepingSchedule {
  readonly redis: Redis;
  readonly prefix: string;
  readonly everyMs: Readonly<Record<HousekeepingTask, number>>;
}

const KEPT_RUNS = { count: 100 };

/**
 * Makes Redis the clock of the housekeeping: each run is one entry of the queue, taken by one of however many
 * housekeepers there are, and taking it enters the next. Every housekeeper says so when it starts; the last one's
 * intervals hold.
 */
export async function scheduleHousekeeping({ redis, prefix, everyMs }: HousekeepingSchedule): Promise<void> {
  const queue = new Queue(queueNames.housekeeping, { connection: redis, prefix, skipVersionCheck: true });
  queue.on("error", () => undefined); // The connection's owner logs its errors.
  try {
    for (const task of housekeepingTasks) {
      await queue.upsertJobScheduler(
        task,
        { every: everyMs[task] },
        { name: task, data: { task }, opts: { removeOnComplete: KEPT_RUNS, removeOnFail: KEPT_RUNS } },
      );
    }
  } finally {
    await queue.close();
  }
}

/** When a task is to run next; a date in the past while nobody has taken its entry, null while it is not scheduled. */
export async function nextRunOf(
  task: HousekeepingTask,
  { redis, keys }: { readonly redis: Redis; readonly keys: Keys },
): Promise<Date | null> {
  const at = await redis.zscore(keys.queuePart(queueNames.housekeeping, "repeat"), task);
  return at === null ? null : new Date(Number(at));
}

export interface HeldEntry {
  readonly id: string;
  readonly task: HousekeepingTask;
}

/** Whether a housekeeper has another entry of the same task: what a schedule enters is named after it and its date. */
export async function isAtWork(
  { id, task }: HeldEntry,
  { redis, keys }: { readonly redis: Redis; readonly keys: Keys },
): Promise<boolean> {
  const active = await redis.lrange(keys.queuePart(queueNames.housekeeping, "active"), 0, -1);
  return active.some((other) => other !== id && other.startsWith(`repeat:${task}:`));
}
