import { Queue } from "bullmq";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { openTestDeployment, type TestDeployment } from "../../../../tests/support/test-redis.ts";
import { queueNames } from "./entries.ts";
import { nextRunOf, scheduleHousekeeping } from "./housekeeping.ts";

let deployment: TestDeployment;
let queue: Queue;

beforeEach(() => {
  deployment = openTestDeployment();
  queue = new Queue(queueNames.housekeeping, {
    connection: deployment.redis,
    prefix: deployment.keys.queuePrefix,
  });
});
afterEach(async () => {
  await queue.close();
  await deployment.close();
});

const schedule = (reconcile: number) =>
  scheduleHousekeeping({
    redis: deployment.redis,
    prefix: deployment.keys.queuePrefix,
    everyMs: { "expire-audio": 60_000, reconcile, "purge-records": 600_000 },
  });

describe("the schedule of the housekeeping", () => {
  it("has each task once, however many housekeepers start", async () => {
    await Promise.all([schedule(15_000), schedule(15_000), schedule(15_000)]);

    const schedulers = await queue.getJobSchedulers();
    const runs = await queue.getJobs(["delayed", "waiting"]);

    expect(Object.fromEntries(schedulers.map(({ key, every }) => [key, Number(every)]))).toEqual({
      "expire-audio": 60_000,
      reconcile: 15_000,
      "purge-records": 600_000,
    });
    expect(runs.map(({ data }) => data as unknown).sort(byTask)).toEqual([
      { task: "expire-audio" },
      { task: "purge-records" },
      { task: "reconcile" },
    ]);
  });

  it("follows the interval of the last to start", async () => {
    await schedule(15_000);
    await schedule(5_000);

    const { every } = (await queue.getJobScheduler("reconcile")) ?? {};

    expect(Number(every)).toBe(5_000);
  });

  it("says when each task runs next, and that one without a schedule does not", async () => {
    expect(await nextRunOf("reconcile", deployment)).toBeNull();
    await schedule(15_000);

    const { next } = (await queue.getJobScheduler("reconcile")) ?? {};

    expect((await nextRunOf("reconcile", deployment))?.getTime()).toBe(next);
  });
});

const byTask = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
