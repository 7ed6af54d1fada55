import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import type { Job } from "@herald/shared/jobs/job";
import type { JobStatus } from "@herald/shared/jobs/status";
import { queueNames, type JobEntry } from "@herald/queue/queues/entries";
import type { RunningWorker } from "@herald/queue/worker/start-worker";
import { createOwnRedis, type OwnRedis } from "../../../tests/support/own-redis.ts";
import { audioOf, openTestStore, TENANT, type TestStore } from "../../../tests/support/test-store.ts";
import { startTestWorker } from "../../../tests/support/test-worker.ts";
import { waitFor } from "../../../tests/support/wait.ts";
import { outcomeOf, runAttempt, type RunAttemptDeps } from "./run-attempt.ts";
import { createStorageBreaker, type StorageBreaker } from "./storage-breaker.ts";

const JOBS = 12;
const SLOTS = 4;
/** Three attempts with a second, and then two, between them are over by then. */
const FULL_MS = 6000;

let redis: OwnRedis;
let store: TestStore;
let worker: RunningWorker;

beforeEach(async () => {
  redis = await createOwnRedis();
  await redis.start();
  store = openTestStore(redis.url);
});
afterEach(async () => {
  await worker.stop();
  await store.close();
  await redis.stop();
});

const limitMemory = (bytes: string) => redis.ask((own) => own.config("SET", "maxmemory", bytes));

interface Work {
  readonly onSpoken: (job: Job) => Promise<void>;
  readonly breaker?: StorageBreaker;
}

function work({ onSpoken, breaker }: Work): void {
  const deps: RunAttemptDeps = {
    jobs: store.jobs,
    finishJob: store.finishJob,
    storage: { remove: () => Promise.resolve() },
    produceAudio: async (job) => {
      await onSpoken(job);
      return { segments: 1, audio: audioOf(job) };
    },
    enqueueOwed: () => Promise.resolve(),
    isStorageToBlame: (fault) => breaker?.blame(fault) ?? Promise.resolve(false),
    now: () => new Date(),
  };
  worker = startTestWorker<JobEntry>({
    queue: queueNames.synthesis,
    keys: store.keys,
    redis: store.redis,
    concurrency: SLOTS,
    async process(attempt, signal) {
      const result = await runAttempt(attempt, deps, signal);
      if (result.kind === "completed") breaker?.absolve();
      return outcomeOf(result);
    },
  });
}

const count = (status: JobStatus, tenant = TENANT) =>
  store.redis.zcard(store.keys.jobsWithStatus(tenant, status));

it("fails no job while Redis has no memory, be it claimed or not, and completes all of them afterwards", async () => {
  for (let i = 0; i < JOBS; i++) await store.create({ request: { webhookUrl: null } });
  let spoken = 0;
  let letGo!: () => void;
  const full = new Promise<void>((resolve) => (letGo = resolve));
  work({
    onSpoken() {
      spoken++;
      return full;
    },
  });
  await waitFor(() => spoken === SLOTS);

  await limitMemory("1mb");
  letGo();
  await sleep(FULL_MS);
  // What was spoken may still be told of: an end gives memory back.
  expect([await count("completed"), await count("failed")]).toEqual([SLOTS, 0]);
  await limitMemory("0");

  await waitFor(async () => (await count("completed")) === JOBS);
  expect(await store.synthesis.counts()).toMatchObject({ failed: 0 });
});

it("fails jobs whose audio never fits, after their attempts, and completes those of others", async () => {
  const breaker = createStorageBreaker({
    check: () => Promise.resolve(),
    hold: (isHeld) => {
      worker.hold(isHeld);
    },
    onChange: () => undefined,
    probeMs: 20,
  });
  for (let i = 0; i < 3; i++) await store.create({ tenant: "large", request: { webhookUrl: null } });
  for (let i = 0; i < JOBS; i++) await store.create({ request: { webhookUrl: null } });
  let refused = 0;

  work({
    breaker,
    onSpoken({ tenant }) {
      if (tenant !== "large") return Promise.resolve();
      refused++;
      return Promise.reject(Object.assign(new Error("no space left"), { code: "ENOSPC" }));
    },
  });
  await waitFor(async () => (await count("completed")) === JOBS && (await count("failed", "large")) === 3);

  expect(refused).toBe(9);
  await breaker.stop();
});
