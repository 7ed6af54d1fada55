import { attemptOf } from "../../../../tests/support/attempts.ts";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { Job } from "@herald/shared/jobs/job";
import { cancel } from "@herald/shared/jobs/status";
import { openTestHousekeeping, type TestHousekeeping } from "../../../../tests/support/test-housekeeping.ts";
import { deliveryTo, RECORD_TTL_MS, webhookOf } from "../../../../tests/support/test-store.ts";
import { purgeRecords } from "./purge-records.ts";

let house: TestHousekeeping;

beforeEach(async () => {
  house = await openTestHousekeeping();
});
afterEach(() => house.close());

const LATER = new Date(Date.now() + RECORD_TTL_MS + 60_000);
const refOf = (job: Job) => ({ tenant: job.tenant, jobId: job.id });
const withoutWebhook = { request: { webhookUrl: null } };

async function settleDelivery(job: Job): Promise<void> {
  const delivery = await house.deliveries.find(webhookOf(job));
  if (delivery === null) throw new Error("no delivery");
  const attempt = attemptOf();
  await house.recordAttempt({ delivery, attempt, status: "delivered", nextAttemptAt: null });
}

/** Every key of the deployment that names the job, BullMQ's own aside, and the attempts, which are swept within seconds. */
async function traces(job: Job): Promise<string[]> {
  const { redis, keys } = house;
  const named: string[] = [];
  for (const key of await redis.keys(`${keys.queuePrefix}:*`)) {
    if (/:(synthesis|webhook-delivery):|:attempts$/.test(key)) continue;
    const type = await redis.type(key);
    const members = type === "zset" ? await redis.zrange(key, "0", "-1") : [];
    if (`${key} ${members.join(" ")}`.includes(job.id)) named.push(key);
  }
  return named;
}

describe("purging records", () => {
  it("leaves no trace of a job whose time is over, nor its audio", async () => {
    const job = await house.completed();
    await settleDelivery(job);

    expect(await purgeRecords(house, LATER)).toEqual({ purged: 1, postponed: 0, failed: 0 });

    expect(await traces(job)).toEqual([]);
    expect(await house.has(job.audio?.key ?? "")).toBe(false);
    expect(await house.jobs.find(refOf(job))).toBeNull();
  });

  it("leaves younger and unfinished jobs alone", async () => {
    const job = await house.completed(withoutWebhook);
    const { job: pending } = await house.create();

    expect(await purgeRecords(house, new Date())).toMatchObject({ purged: 0 });
    expect(await house.reread(job)).toEqual(job);
    await purgeRecords(house, LATER);
    expect(await house.reread(pending)).toEqual(pending);
  });

  it("waits for a webhook that is still owed, and then purges", async () => {
    const job = await house.completed();

    expect(await purgeRecords(house, LATER)).toEqual({ purged: 0, postponed: 1, failed: 0 });
    expect(await house.reread(job)).toEqual(job);
    expect(await house.has(job.audio?.key ?? "")).toBe(true);

    await settleDelivery(job);
    expect(await purgeRecords(house, new Date(LATER.getTime() + 2 * 3_600_000))).toMatchObject({ purged: 1 });
  });

  it("waits for the delivery to an endpoint, and then leaves no trace of that either", async () => {
    const endpoint = await house.addEndpoint();
    const disabled = await house.addEndpoint({ enabled: false });
    const job = await house.completed(withoutWebhook);
    const delivery = await house.deliveries.find(deliveryTo(endpoint, job));
    if (delivery === null) throw new Error("no delivery");
    const attempt = attemptOf();

    expect(await purgeRecords(house, LATER)).toMatchObject({ purged: 0, postponed: 1 });

    await house.recordAttempt({ delivery, attempt, status: "delivered", nextAttemptAt: null });
    expect(await purgeRecords(house, new Date(LATER.getTime() + 2 * 3_600_000))).toMatchObject({ purged: 1 });
    expect(await traces(job)).toEqual([]);
    expect(await house.deliveries.find(deliveryTo(disabled, job))).toBeNull();
  });

  it("keeps the record of audio that storage would not let go of, for the next run", async () => {
    const job = await house.completed(withoutWebhook);
    const remove = () => Promise.reject(new Error("read-only"));

    expect(await purgeRecords({ ...house, storage: { remove } }, LATER)).toMatchObject({
      purged: 0,
      failed: 1,
    });
    expect((await house.reread(job)).audio).toEqual(job.audio);

    expect(await purgeRecords(house, LATER)).toMatchObject({ purged: 1 });
    expect(await house.has(job.audio?.key ?? "")).toBe(false);
  });

  it("leaves no trace of a cancelled job either", async () => {
    const { job } = await house.create(withoutWebhook);
    await house.finishJob(job, cancel(job, new Date()));

    expect(await purgeRecords(house, LATER)).toMatchObject({ purged: 1 });
    expect(await traces(job)).toEqual([]);
  });

  it("is not held up by a record that cannot be read", async () => {
    const broken = await house.completed(withoutWebhook);
    const job = await house.completed(withoutWebhook);
    await house.redis.hset(house.keys.job(broken.tenant, broken.id), "request", "{");

    expect(await purgeRecords(house, LATER)).toEqual({ purged: 1, postponed: 0, failed: 1 });
    expect(house.faults).toEqual([refOf(broken)]);
    expect(await traces(job)).toEqual([]);
  });
});
