import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { Job } from "@herald/shared/jobs/job";
import { attemptOf } from "../../../../tests/support/attempts.ts";
import { openTestHousekeeping, type TestHousekeeping } from "../../../../tests/support/test-housekeeping.ts";
import { deliveryTo, webhookOf } from "../../../../tests/support/test-store.ts";
import { purgeDeliveries } from "./purge-deliveries.ts";

let house: TestHousekeeping;

beforeEach(async () => {
  house = await openTestHousekeeping();
});
afterEach(() => house.close());

const DAY_MS = 24 * 3_600_000;
const LATER = new Date(Date.now() + 2 * DAY_MS);
const UNLIMITED = Number.MAX_SAFE_INTEGER;

const purge = (limits: { ttlMs?: number; maxBytes?: number }, now = new Date()) =>
  purgeDeliveries({ ...house, ttlMs: DAY_MS, maxBytes: UNLIMITED, ...limits }, now);

async function settled(): Promise<Job> {
  const job = await house.completed();
  const delivery = await house.deliveries.find(webhookOf(job));
  if (delivery === null) throw new Error("no delivery");
  const attempt = attemptOf({ status_code: 500 });
  await house.recordAttempt({ delivery, attempt, status: "failed", nextAttemptAt: null });
  return job;
}

const isKept = async (job: Job) => (await house.deliveries.find(webhookOf(job))) !== null;

describe("purging deliveries", () => {
  it("deletes by age what was settled or parked, with its attempts, and leaves what is on its way", async () => {
    const [job, open] = [await settled(), await house.completed()];
    const endpoint = await house.addEndpoint({ enabled: false });
    const parked = deliveryTo(endpoint, await house.completed({ request: { webhookUrl: null } }));

    expect(await purge({}, new Date())).toEqual({ expired: 0, overSize: 0, unpurged: 0 });
    expect(await purge({}, LATER)).toEqual({ expired: 2, overSize: 0, unpurged: 0 });

    expect(await isKept(job)).toBe(false);
    expect(await house.deliveries.attempts(webhookOf(job))).toEqual([]);
    expect(await house.deliveries.find(parked)).toBeNull();
    expect(await isKept(open)).toBe(true);
    expect((await house.reread(job)).status).toBe("completed");
  });

  it("deletes the oldest that were settled until the rest fits, and no more", async () => {
    const [oldest, second, newest] = [await settled(), await settled(), await settled()];
    const open = await house.completed();
    const bytes = await house.upkeep.deliveryBytes();

    expect(await purge({ maxBytes: bytes })).toMatchObject({ overSize: 0 });
    expect(await purge({ maxBytes: bytes - 1 })).toMatchObject({ overSize: 1 });
    expect(await Promise.all([oldest, second, newest].map(isKept))).toEqual([false, true, true]);

    expect(await purge({ maxBytes: 1 })).toMatchObject({ overSize: 2 });
    expect(await isKept(open)).toBe(true);
    expect(await house.upkeep.deliveryBytes()).toBeLessThan(bytes / 3);
  });

  it("keeps one that was sent again since", async () => {
    const job = await settled();
    const delivery = await house.deliveries.find(webhookOf(job));
    if (delivery === null) throw new Error("no delivery");
    await house.deliveries.reopen(delivery, job.webhook, new Date());

    expect(await house.upkeep.forgetDelivery(delivery)).toMatchObject({ outcome: "owed" });
    expect(await purge({ maxBytes: 1 }, LATER)).toEqual({ expired: 0, overSize: 0, unpurged: 0 });
    expect(await isKept(job)).toBe(true);
  });
});
