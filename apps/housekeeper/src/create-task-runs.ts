import { messageOf } from "@herald/shared/errors";
import type { Logger } from "@herald/platform/logging/logger";
import type { HousekeepingTask } from "@herald/queue/queues/housekeeping";
import type { Outcome } from "@herald/queue/worker/outcome";
import type { HousekeeperMetrics } from "./create-metrics.ts";

/** Each answers what it did, for the log, and comes to an end soon once its signal is aborted. */
export type Tasks = Readonly<Record<HousekeepingTask, (signal: AbortSignal) => Promise<object>>>;

export interface TaskRunsDeps {
  readonly tasks: Tasks;
  readonly onRun: HousekeeperMetrics["onRun"];
  readonly logger: Pick<Logger, "info" | "error">;
}

/** One run of a task, told of in one line and the metrics. */
export type RunTask = (task: HousekeepingTask, signal: AbortSignal) => Promise<Outcome>;

/**
 * However often a task is asked for, this process runs it once at a time: what comes meanwhile is done with the run there is.
 * One that broke off is not tried again: the next run does what it left undone.
 */
export function createTaskRuns({ tasks, onRun, logger }: TaskRunsDeps): RunTask {
  const running = new Set<HousekeepingTask>();

  async function run(task: HousekeepingTask, signal: AbortSignal): Promise<Outcome> {
    const startedAt = performance.now();
    const took = (): number => Math.round(performance.now() - startedAt);
    try {
      const report = await tasks[task](signal);
      onRun(task, "finished", took());
      logger.info("housekeeping.finished", { task, duration_ms: took(), ...report });
      return { kind: "done" };
    } catch (error) {
      onRun(task, "broke_off", took());
      logger.error("housekeeping.broke_off", { task, duration_ms: took(), error });
      return { kind: "give_up", reason: messageOf(error) };
    }
  }

  return async (task, signal) => {
    if (running.has(task)) return { kind: "done" };
    running.add(task);
    return run(task, signal).finally(() => running.delete(task));
  };
}
