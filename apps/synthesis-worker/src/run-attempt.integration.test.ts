import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { queueNames, type JobEntry } from "@herald/shared/queues";
import type { RunningWorker } from "@herald/shared/worker";
import { createOwnRedis, type OwnRedis } from "../../../tests/support/own-redis.ts";
import { audioOf, openTestStore, TENANT, type TestStore } from "../../../tests/support/test-store.ts";
import { startTestWorker } from "../../../tests/support/test-worker.ts";
import { waitFor } from "../../../tests/support/wait.ts";
import { outcomeOf, runAttempt, type RunAttemptDeps } from "./run-attempt.ts";

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

function work(onSpoken: () => Promise<void>): void {
  const deps: RunAttemptDeps = {
    jobs: store.jobs,
    finishJob: store.finishJob,
    storage: { remove: () => Promise.resolve() },
    produceAudio: async (job) => {
      await onSpoken();
      return { segments: 1, audio: audioOf(job) };
    },
    enqueueOwed: () => Promise.resolve(),
    isStorageToBlame: () => Promise.resolve(false),
    now: () => new Date(),
  };
  worker = startTestWorker<JobEntry>({
    queue: queueNames.synthesis,
    keys: store.keys,
    redis: store.redis,
    concurrency: SLOTS,
    process: async (attempt, signal) => outcomeOf(await runAttempt(attempt, deps, signal)),
  });
}

it("fails no job while Redis has no memory, be it claimed or not, and completes all of them afterwards", async () => {
  for (let i = 0; i < JOBS; i++) await store.create({ request: { webhookUrl: null } });
  let spoken = 0;
  let letGo!: () => void;
  const full = new Promise<void>((resolve) => (letGo = resolve));
  work(() => {
    spoken++;
    return full;
  });
  await waitFor(() => spoken === SLOTS);

  await limitMemory("1mb");
  letGo();
  await sleep(FULL_MS);
  const ended = ["completed", "failed"] as const;
  const count = (status: (typeof ended)[number]) =>
    store.redis.zcard(store.keys.jobsWithStatus(TENANT, status));
  expect(await Promise.all(ended.map(count))).toEqual([0, 0]);
  await limitMemory("0");

  await waitFor(async () => (await count("completed")) === JOBS);
  expect(await store.synthesis.counts()).toMatchObject({ failed: 0 });
});
