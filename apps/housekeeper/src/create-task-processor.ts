import { isAtWork, type HousekeepingEntry } from "@herald/queue/queues/housekeeping";
import type { Keys } from "@herald/platform/redis/keys";
import type { Processor } from "@herald/queue/worker/start-worker";
import type { Redis } from "ioredis";
import type { RunTask } from "./create-task-runs.ts";

/**
 * Never two runs of one task: an entry that comes while another of its task is at work, here or at another housekeeper, has
 * nothing left to do.
 */
export function createTaskProcessor(
  runTask: RunTask,
  place: { readonly redis: Redis; readonly keys: Keys },
): Processor<HousekeepingEntry> {
  return async ({ id, entry: { task } }, signal) =>
    (await isAtWork({ id, task }, place)) ? { kind: "done" } : runTask(task, signal);
}
