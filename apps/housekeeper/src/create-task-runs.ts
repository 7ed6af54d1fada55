import { messageOf } from "@herald/shared/errors";
import type { Logger } from "@herald/shared/logging";
import type { HousekeepingTask } from "@herald/shared/queues";
import type { Outcome } from "@herald/shared/worker";
import type { HousekeeperMetrics } from "./create-metrics.ts";
import type { OpenedTasks } from "./open-tasks.ts";

export interface TaskRunsDeps {
  readonly tasks: OpenedTasks["tasks"];
  readonly metrics: Pick<HousekeeperMetrics, "onRun">;
  readonly logger: Pick<Logger, "info" | "error">;
}

/** One run of a task, told of in the log and the metrics. */
export type RunTask = (task: HousekeepingTask) => Promise<Outcome>;

/** However often a task is asked for, this process runs it once at a time: what comes meanwhile is done with the run there is. */
export function createTaskRuns({ tasks, metrics, logger }: TaskRunsDeps): RunTask {
  const running = new Set<HousekeepingTask>();

  async function run(task: HousekeepingTask): Promise<Outcome> {
    const startedAt = performance.now();
    const took = (): number => Math.round(performance.now() - startedAt);
    try {
      const report = await tasks[task]();
      metrics.onRun(task, "finished", took());
      logger.info("housekeeping.finished", { task, duration_ms: took(), ...report });
      return { kind: "done" };
    } catch (error) {
      metrics.onRun(task, "broke_off", took());
      // The next run does what this one left undone.
      logger.error("housekeeping.broke_off", { task, duration_ms: took(), error });
      return { kind: "give_up", reason: messageOf(error) };
    }
  }

  return async (task) => {
    if (running.has(task)) return { kind: "done" };
    running.add(task);
    return run(task).finally(() => running.delete(task));
  };
}
