import { messageOf } from "@herald/shared/errors";
import type { Logger } from "@herald/shared/logging";
import type { HousekeepingEntry, HousekeepingTask } from "@herald/shared/queues";
import type { Processor } from "@herald/shared/worker";
import type { HousekeeperMetrics } from "./create-metrics.ts";

/** Each answers what it did, for the log. */
export type Tasks = Readonly<Record<HousekeepingTask, () => Promise<object>>>;

export interface TaskRunnerDeps {
  readonly tasks: Tasks;
  readonly onRun: HousekeeperMetrics["onRun"];
  readonly logger: Pick<Logger, "info" | "error">;
}

/** Runs a task, and tells of it in one line. One that broke off is not tried again: the next run does what it left undone. */
export function createTaskRunner({ tasks, onRun, logger }: TaskRunnerDeps): Processor<HousekeepingEntry> {
  return async ({ entry: { task } }) => {
    const startedAt = performance.now();
    const took = (): number => Math.round(performance.now() - startedAt);
    try {
      const report = await tasks[task]();
      onRun(task, "finished", took());
      logger.info("housekeeping.finished", { task, duration_ms: took(), ...report });
      return { kind: "done" };
    } catch (error) {
      onRun(task, "broke_off", took());
      logger.error("housekeeping.broke_off", { task, duration_ms: took(), error });
      return { kind: "give_up", reason: messageOf(error) };
    }
  };
}
