import type { Stoppable } from "@herald/shared/stoppable";
import { withDeadline } from "@herald/shared/with-deadline";
import type { HousekeepingTask } from "@herald/queue/queues/housekeeping";
import type { RunTask } from "./create-task-runs.ts";

export interface SpareRunsDeps {
  readonly nextRunOf: (task: HousekeepingTask) => Promise<Date | null>;
  readonly runTask: RunTask;
  readonly onError: (error: Error) => void;
}

const LOOK_MS = 5_000;
/** An entry that is due is taken within a second, and one of a housekeeper that was lost is handed on within a few. */
const LATE_MS = 10_000;
const STOP_MS = 2_000;
/** What gives memory back. The first of them does not wait for the second. */
const FREEING: readonly HousekeepingTask[] = ["expire-audio", "purge-records"];

/**
 * Runs what makes room when its entry was not taken in time. A Redis that is full lets nobody take entries from a queue, and
 * would stay full if all that makes room waited in one. Several housekeepers may do so at once, and do no harm.
 */
export function startSpareRuns({ nextRunOf, runTask, onError }: SpareRunsDeps): Stoppable {
  const looks = new Map<HousekeepingTask, Promise<unknown>>();
  const stopping = new AbortController();

  async function look(task: HousekeepingTask): Promise<void> {
    const dueAt = await nextRunOf(task);
    if (dueAt !== null && Date.now() - dueAt.getTime() > LATE_MS) await runTask(task, stopping.signal);
  }

  const timer = setInterval(() => {
    for (const task of FREEING.filter((task) => !looks.has(task))) {
      const done = look(task)
        .catch(onError)
        .finally(() => looks.delete(task));
      looks.set(task, done);
    }
  }, LOOK_MS);
  return {
    async stop() {
      clearInterval(timer);
      stopping.abort();
      // A Redis that is away may keep one waiting: what it leaves undone, the next run does.
      await withDeadline(Promise.all(looks.values()), STOP_MS).catch(onError);
    },
  };
}
