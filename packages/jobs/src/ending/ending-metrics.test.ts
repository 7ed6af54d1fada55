import { expect, it } from "@jest/globals";
import { Registry } from "prom-client";
import type { Job } from "@herald/shared/jobs/job";
import { cancel, fail } from "@herald/shared/jobs/status";
import { countEndings, createEndingMetrics } from "./ending-metrics.ts";

const CREATED = new Date("2026-01-02T03:04:00Z");
const ENDED = new Date("2026-01-02T03:04:05Z");
const JOB = { id: "job-1", tenant: "acme", status: "pending", createdAt: CREATED, fence: null } as Job;

function setup(written: "applied" | "stale" = "applied") {
  const registry = new Registry();
  const finishJob = countEndings(() => Promise.resolve(written), createEndingMetrics(registry));
  const page = async () => (await registry.metrics()).split("\n");
  return { finishJob, page };
}

it("counts a job by its outcome, and how long it took from its creation", async () => {
  const { finishJob, page } = setup();

  expect(await finishJob(JOB, cancel(JOB, ENDED))).toBe("applied");

  expect(await page()).toEqual(
    expect.arrayContaining([
      'herald_jobs_finished_total{outcome="cancelled"} 1',
      'herald_jobs_finished_total{outcome="failed"} 0',
      "herald_job_duration_seconds_sum 5",
    ]),
  );
});

it("counts a failure by the code that the client is told", async () => {
  const { finishJob, page } = setup();

  await finishJob(JOB, fail(JOB, { code: "worker_lost", message: "", segment: null }, ENDED));

  expect(await page()).toEqual(
    expect.arrayContaining([
      'herald_jobs_finished_total{outcome="failed"} 1',
      'herald_jobs_failed_total{code="worker_lost"} 1',
    ]),
  );
});

it("counts nothing when another writer was first", async () => {
  const { finishJob, page } = setup("stale");

  expect(await finishJob(JOB, cancel(JOB, ENDED))).toBe("stale");

  expect(await page()).toContain('herald_jobs_finished_total{outcome="cancelled"} 0');
});
