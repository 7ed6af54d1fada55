import { expect, it } from "@jest/globals";
import type { Job } from "@herald/shared/jobs/job";
import { createSynthesisWorkerMetrics } from "./metrics/synthesis-worker-metrics.ts";
import { createRegistry } from "@herald/platform/metrics/registry";
import { observeAttempt } from "./observe-attempt.ts";
import type { AttemptResult } from "./run-attempt.ts";

const CREATED = new Date("2026-01-02T03:04:05Z");
const JOB = {
  createdAt: CREATED,
  startedAt: new Date(CREATED.getTime() + 3000),
  attempts: 1,
  request: { voice: "en-us", format: "wav", textChars: 44 },
} as Job;
const FAULT = {
  kind: "passing",
  error: { code: "engine_failed", message: "it failed", segment: 1 },
} as const;

function setup() {
  const registry = createRegistry({ process: "synthesis-worker", version: "0.0.0" });
  const metrics = createSynthesisWorkerMetrics({
    registry,
    slots: 4,
    engines: () => ({ busy: 1, idle: 1, waiting: 5, memoryBytes: [100, 300] }),
    engineMemoryLimitBytes: 500,
  });
  const silent = () => undefined;
  const logger = { error: silent, warn: silent, info: silent, debug: silent };
  const entry = { tenant: "acme", jobId: "job-1", requestId: "req-1" };
  const attempt = { id: "job-1", entry, number: 1, isLast: false, enqueuedAt: CREATED, token: "token" };
  const observe = (result: AttemptResult) => {
    observeAttempt({ attempt, result, durationMs: 500 }, logger, metrics);
  };
  const page = async () => {
    const text = await registry.metrics();
    return text
      .replaceAll(/,?process="synthesis-worker"/g, "")
      .replaceAll("{}", "")
      .split("\n");
  };
  return { observe, page };
}

it("tells of a completed job what was spoken, and how fast", async () => {
  const { observe, page } = setup();

  observe({ kind: "completed", job: JOB, audioSeconds: 10 });

  expect(await page()).toEqual(
    expect.arrayContaining([
      "herald_job_wait_seconds_sum 3",
      "herald_job_run_seconds_sum 0.5",
      "herald_synthesis_real_time_factor_sum 0.05",
      "herald_characters_spoken_total 44",
      "herald_audio_seconds_total 10",
    ]),
  );
});

it("tells of a job's wait at its first attempt, whatever comes of it, and never again", async () => {
  const { observe, page } = setup();

  observe({ kind: "retried", job: JOB, fault: FAULT, thrown: null });
  observe({ kind: "completed", job: { ...JOB, attempts: 2 }, audioSeconds: 10 });

  expect(await page()).toEqual(
    expect.arrayContaining(["herald_job_wait_seconds_count 1", 'herald_retries_total{queue="synthesis"} 1']),
  );
});

it("counts an attempt that was fenced off, and no audio for it", async () => {
  const { observe, page } = setup();

  observe({ kind: "superseded", job: JOB });

  expect(await page()).toEqual(
    expect.arrayContaining([
      'herald_attempts_superseded_total{queue="synthesis"} 1',
      "herald_audio_seconds_total 0",
    ]),
  );
});

it("tells of the engines what the pool says when it is asked", async () => {
  expect(await setup().page()).toEqual(
    expect.arrayContaining([
      'herald_engine_children{state="idle"} 1',
      "herald_engine_segments_waiting 5",
      "herald_engine_memory_bytes 400",
      "herald_engine_memory_largest_bytes 300",
      "herald_engine_memory_limit_bytes 500",
      'herald_engine_children_replaced_total{reason="crash"} 0',
    ]),
  );
});
