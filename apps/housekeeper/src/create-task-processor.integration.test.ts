import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { queueNames } from "@herald/queue/queues/entries";
import {
  housekeepingTasks,
  scheduleHousekeeping,
  type HousekeepingEntry,
  type HousekeepingTask,
} from "@herald/queue/queues/housekeeping";
import { startWorker, type RunningWorker } from "@herald/queue/worker/start-worker";
import { openTestDeployment, type TestDeployment } from "../../../tests/support/test-redis.ts";
import { waitFor } from "../../../tests/support/wait.ts";
import { createTaskProcessor } from "./create-task-processor.ts";
import { createTaskRuns } from "./create-task-runs.ts";

let deployment: TestDeployment;
let housekeepers: RunningWorker[];
const EVERY_MS = { "expire-audio": 1_000, reconcile: 1_000, "purge-records": 60_000 };

beforeEach(async () => {
  deployment = openTestDeployment();
  housekeepers = [];
  const { redis, keys } = deployment;
  await scheduleHousekeeping({ redis, prefix: keys.queuePrefix, everyMs: EVERY_MS });
});
afterEach(async () => {
  await Promise.all(housekeepers.map((one) => one.stop()));
  await deployment.close();
});

type Work = (signal: AbortSignal) => Promise<object>;

/** Counts runs, and how many of a task there were at once. */
function watched(work: Partial<Record<HousekeepingTask, Work>>) {
  const seen = { runs: new Map<HousekeepingTask, number>(), now: 0, most: 0 };
  const watch =
    (task: HousekeepingTask): Work =>
    async (signal) => {
      seen.runs.set(task, (seen.runs.get(task) ?? 0) + 1);
      if (task === "expire-audio") seen.most = Math.max(seen.most, ++seen.now);
      const report = (await work[task]?.(signal)) ?? {};
      if (task === "expire-audio") seen.now--;
      return report;
    };
  const tasks = {
    "expire-audio": watch("expire-audio"),
    reconcile: watch("reconcile"),
    "purge-records": watch("purge-records"),
  };
  return { ...seen, tasks, most: () => seen.most };
}

const NO_LOG = { info: () => undefined, error: () => undefined };

function start(tasks: ReturnType<typeof watched>["tasks"], graceMs = 100): void {
  const runTask = createTaskRuns({ tasks, onRun: () => undefined, logger: NO_LOG });
  housekeepers.push(
    startWorker<HousekeepingEntry>({
      ...deployment,
      queue: queueNames.housekeeping,
      concurrency: housekeepingTasks.length,
      process: createTaskProcessor(runTask, deployment),
      workerId: randomUUID(),
      graceMs,
      stuckAfterMs: 60_000,
      onError: () => undefined,
    }),
  );
}

const untilAborted: Work = (signal) => once(signal, "abort").then(() => ({}));

describe("the housekeeper's tasks", () => {
  it("do not wait for one that takes long", async () => {
    const { tasks, runs } = watched({ "expire-audio": untilAborted });

    start(tasks);

    await waitFor(() => (runs.get("reconcile") ?? 0) >= 3);
    expect(runs.get("expire-audio")).toBe(1);
    expect(runs.get("purge-records")).toBe(1);
  });

  it("run one at a time each, however many housekeepers there are and however long it takes", async () => {
    const { tasks, runs, most } = watched({ "expire-audio": () => sleep(2_500).then(() => ({})) });

    start(tasks, 5_000);
    start(tasks, 5_000);

    await waitFor(() => (runs.get("expire-audio") ?? 0) >= 3);
    expect(most()).toBe(1);
  });

  it("end when they are told to", async () => {
    const { tasks, runs } = watched({ "expire-audio": untilAborted });
    start(tasks);
    await waitFor(() => runs.get("expire-audio") === 1);

    const startedAt = performance.now();
    await housekeepers[0]?.stop();

    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
