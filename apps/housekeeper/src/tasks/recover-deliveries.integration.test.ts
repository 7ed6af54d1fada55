import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { Job } from "@herald/shared/jobs/job";
import type { Delivery } from "@herald/webhooks/deliveries/delivery-record";
import { redeliver } from "@herald/webhooks/deliveries/redeliver";
import { createRecoveryStore, type RecoveryStore } from "@herald/webhooks/recovery/recovery-store";
import { attemptOf } from "../../../../tests/support/attempts.ts";
import { openTestHousekeeping, type TestHousekeeping } from "../../../../tests/support/test-housekeeping.ts";
import { TENANT, webhookOf } from "../../../../tests/support/test-store.ts";
import { recoverDeliveries } from "./recover-deliveries.ts";

let house: TestHousekeeping;
let recoveries: RecoveryStore;

beforeEach(async () => {
  house = await openTestHousekeeping();
  recoveries = createRecoveryStore(house.redis, house.keys);
});
afterEach(() => house.close());

const NOW = new Date();
const HOUR_MS = 3_600_000;
const REQUEST = {
  tenant: TENANT,
  deliveryStatus: "failed",
  endpointId: null,
  createdAfter: new Date(NOW.getTime() - HOUR_MS),
  createdBefore: new Date(NOW.getTime() + HOUR_MS),
} as const;

async function failed(): Promise<Job> {
  const job = await house.completed();
  const delivery = await house.deliveries.find(webhookOf(job));
  if (delivery === null) throw new Error("no delivery");
  const attempt = attemptOf({ status_code: 500 });
  await house.recordAttempt({ delivery, attempt, status: "failed", nextAttemptAt: null });
  return job;
}

/** One run of the housekeeper; `dieAfter` kills it in the middle of that delivery. */
function run({ perRun = 100, dieAfter = Infinity } = {}) {
  let sent = 0;
  return recoverDeliveries({
    recoveries,
    deliveries: house.deliveries,
    async redeliver(delivery: Delivery) {
      const outcome = await redeliver(delivery, { ...house, queue: house.webhooks, now: () => NOW });
      if (++sent > dieAfter) throw new Error("killed");
      return outcome;
    },
    perRun,
    now: () => NOW,
    onFault: () => undefined,
  });
}

const statusOf = async (job: Job) => (await house.deliveries.find(webhookOf(job)))?.status;

describe("a recovery", () => {
  it("sends what failed in its range again, a share with each run, and comes to an end", async () => {
    const jobs = [await failed(), await failed(), await failed()];
    const open = await house.completed();
    const ref = await recoveries.start(REQUEST, NOW);

    await run({ perRun: 2 });
    expect(await recoveries.find(ref)).toMatchObject({ status: "running", redelivered: 2 });
    await run({ perRun: 2 });

    expect(await recoveries.find(ref)).toMatchObject({ status: "finished", redelivered: 3, skipped: 0 });
    expect(await Promise.all(jobs.map(statusOf))).toEqual(["pending", "pending", "pending"]);
    expect(await house.webhooks.statesOf(jobs.map((job) => webhookOf(job).deliveryId))).toEqual(
      jobs.map(() => "open"),
    );
    expect(await statusOf(open)).toBe("pending");
    expect(await recoveries.running(10)).toEqual([]);
  });

  it("leaves alone what lies outside its range, and other tenants", async () => {
    const job = await failed();
    await recoveries.start({ ...REQUEST, createdBefore: new Date(NOW.getTime() - 60_000) }, NOW);
    await recoveries.start({ ...REQUEST, tenant: "rival" }, NOW);

    await run();

    expect(await statusOf(job)).toBe("failed");
  });

  it("goes on where a killed housekeeper was, and sends nothing twice", async () => {
    const jobs = [await failed(), await failed(), await failed()];
    const ref = await recoveries.start(REQUEST, NOW);

    await run({ dieAfter: 1 });
    expect(await recoveries.find(ref)).toMatchObject({ status: "running", redelivered: 1 });
    await run();

    expect(await recoveries.find(ref)).toMatchObject({ status: "finished" });
    expect(await Promise.all(jobs.map(statusOf))).toEqual(["pending", "pending", "pending"]);
    expect(await house.redis.zcard(house.keys.openDeliveries)).toBe(3);
  });

  it("gets past a thousand that it has nothing to do with, although a page of the list is then empty", async () => {
    const places = Array.from({ length: 1_001 }, (_, i) => `${NOW.getTime() - 60_000}:evt_other-${i}`);
    await house.redis.zadd(
      house.keys.deliveriesOf(TENANT, "failed"),
      ...places.flatMap((place) => ["0", place]),
    );
    const job = await failed();
    const ref = await recoveries.start(REQUEST, NOW);

    await run();
    expect(await recoveries.find(ref)).toMatchObject({ status: "running", redelivered: 0, skipped: 0 });
    await run();

    expect(await recoveries.find(ref)).toMatchObject({ status: "finished", redelivered: 1, skipped: 0 });
    expect(await statusOf(job)).toBe("pending");
  });

  it("stops where it is when it is cancelled, and makes room for another", async () => {
    const jobs = [await failed(), await failed()];
    const ref = await recoveries.start(REQUEST, NOW);
    await expect(recoveries.start(REQUEST, NOW)).rejects.toMatchObject({ code: "recovery_running" });
    await run({ perRun: 1 });

    expect(await recoveries.end({ ref, status: "cancelled", now: NOW })).toBe("applied");
    await run();

    expect(await recoveries.find(ref)).toMatchObject({ status: "cancelled", redelivered: 1 });
    expect(await Promise.all(jobs.map(statusOf))).toEqual(["pending", "failed"]);
    expect(await recoveries.start(REQUEST, NOW)).toMatchObject({ status: "running" });
  });
});
