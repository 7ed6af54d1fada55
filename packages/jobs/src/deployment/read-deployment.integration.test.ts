import { attemptOf } from "../../../../tests/support/attempts.ts";
import { Queue, Worker } from "bullmq";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { newFence } from "@herald/shared/jobs/ids";
import type { Job } from "@herald/shared/jobs/job";
import { complete, release, type ClaimedJob } from "@herald/shared/jobs/status";
import { audioOf, openTestStore, webhookOf, type TestStore } from "../../../../tests/support/test-store.ts";
import { createDeploymentReader } from "./read-deployment.ts";

const START = new Date("2026-01-02T03:00:00Z");
const at = (seconds: number) => new Date(START.getTime() + seconds * 1000);

let store: TestStore;
let worker: Worker;
let queue: Queue;

beforeEach(() => {
  store = openTestStore();
  const { redis: connection, keys } = store;
  worker = new Worker("synthesis", null, { connection, prefix: keys.queuePrefix, autorun: false });
  queue = new Queue("synthesis", { connection, prefix: keys.queuePrefix });
});
afterEach(async () => {
  await worker.close();
  await queue.close();
  await store.close();
});

const read = (now: Date) => createDeploymentReader({ ...store, now: () => now })();
const oldestSeconds = async (now: Date) => (await read(now)).oldestWaitingMs.synthesis / 1000;

/** BullMQ gives the next entry to a worker, which claims the job in its record. */
async function take(now: Date): Promise<Job & ClaimedJob> {
  const { id: jobId = "" } = await worker.getNextJob("token");
  const ref = { tenant: "acme", jobId };
  const claim = await store.jobs.claim({ ref, fence: newFence(), token: "token", now });
  if (claim.kind !== "claimed") throw new Error(`the next job was ${claim.kind}`);
  return claim.job;
}

const loseLock = (job: Job) => store.redis.del(store.keys.entryLock("synthesis", job.id));

describe("the oldest waiting job", () => {
  it("is none in an empty deployment", async () => {
    expect(await oldestSeconds(at(60))).toBe(0);
  });

  it("is the oldest although younger ones go first", async () => {
    await store.create({ now: at(0), request: { priority: "low" } });
    await store.create({ now: at(10), request: { priority: "high" } });
    await store.create({ now: at(20), request: { priority: "normal" } });

    expect(await oldestSeconds(at(60))).toBe(60);
  });

  it("is not one that a worker has", async () => {
    await store.create({ now: at(0) });
    await store.create({ now: at(10) });
    await take(at(30));

    expect(await oldestSeconds(at(60))).toBe(50);
  });

  it("is none when workers have all", async () => {
    await store.create({ now: at(0) });
    await take(at(30));

    expect(await oldestSeconds(at(60))).toBe(0);
  });

  it("is found behind more jobs at work than one look takes in", async () => {
    for (let i = 0; i < 60; i++) {
      await store.create({ now: at(i) });
      await take(at(i));
    }
    await store.create({ now: at(100) });

    expect(await oldestSeconds(at(130))).toBe(30);
  });

  it("counts a job that waits for another attempt since its first began", async () => {
    await store.create({ now: at(0) });
    const job = await take(at(30));
    await store.jobs.apply(release(job));
    await loseLock(job);

    expect(await oldestSeconds(at(60))).toBe(30);
  });

  it("counts a job whose worker was lost as waiting, although its record says processing", async () => {
    await store.create({ now: at(0) });
    await loseLock(await take(at(30)));

    expect(await oldestSeconds(at(60))).toBe(30);
  });

  it("is a younger job that was never taken, when the older one's first attempt began later still", async () => {
    await store.create({ now: at(0) });
    await loseLock(await take(at(50)));
    await store.create({ now: at(20) });

    expect(await oldestSeconds(at(60))).toBe(40);
  });
});

describe("the oldest waiting delivery", () => {
  async function endWithWebhook(endedAt: Date): Promise<Job> {
    await store.create({ now: at(0) });
    const job = await take(at(1));
    await store.finishJob(job, complete(job, { audio: audioOf(job), segments: 1 }, endedAt));
    return job;
  }
  const oldest = async (now: Date) => (await read(now)).oldestWaitingMs["webhook-delivery"] / 1000;

  it("waits since its job's end", async () => {
    await endWithWebhook(at(10));
    await endWithWebhook(at(20));

    expect(await oldest(at(60))).toBe(50);
  });

  it("waits since its retry was due", async () => {
    const job = await endWithWebhook(at(10));
    const delivery = await store.deliveries.find(webhookOf(job));
    if (delivery === null) throw new Error("no delivery");
    const attempt = attemptOf({ at: at(11).toISOString(), status_code: 500 });
    await store.recordAttempt({ delivery, attempt, status: "pending", nextAttemptAt: at(40) });

    expect(await oldest(at(60))).toBe(20);
  });

  it("is none when its record is gone", async () => {
    const job = await endWithWebhook(at(10));
    await store.redis.del(store.keys.delivery("acme", webhookOf(job).deliveryId));

    expect(await oldest(at(60))).toBe(0);
  });
});

describe("a queue", () => {
  it("is counted by state", async () => {
    await store.create({ now: at(0) });
    await store.create({ now: at(1) });
    await take(at(2));

    const { queues, openJobs, openDeliveries } = await read(at(3));

    expect(queues.synthesis).toEqual({
      entries: { waiting: 0, prioritized: 1, active: 1, delayed: 0, failed: 0 },
      overdue: 0,
      paused: false,
      workers: 0,
    });
    expect([openJobs, openDeliveries]).toEqual([2, 0]);
  });

  it("has an overdue entry once nobody moved it on for five seconds", async () => {
    const job = await queue.add("synthesis", {}, { delay: 1000 });
    const dueAt = job.timestamp + 1000;

    expect((await read(new Date(dueAt + 4000))).queues.synthesis.overdue).toBe(0);
    expect((await read(new Date(dueAt + 6000))).queues.synthesis.overdue).toBe(1);
  });

  it("says that it is paused", async () => {
    await queue.pause();

    expect((await read(at(0))).queues.synthesis.paused).toBe(true);
  });
});

it("sends Redis as many commands with a thousand jobs waiting as with fifty", async () => {
  const sent = jest.spyOn(store.redis, "sendCommand");
  const commandsOf = async (): Promise<number> => {
    sent.mockClear();
    await read(new Date());
    return sent.mock.calls.length;
  };
  await Promise.all(Array.from({ length: 50 }, () => store.create()));
  await read(new Date()); // From here on Redis knows the scripts.
  const few = await commandsOf();

  await Promise.all(Array.from({ length: 950 }, () => store.create()));

  expect(await commandsOf()).toBe(few);
});
