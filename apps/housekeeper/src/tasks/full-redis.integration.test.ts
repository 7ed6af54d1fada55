import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { Job } from "@herald/shared/jobs/job";
import { cancel, complete } from "@herald/shared/jobs/status";
import { createOwnRedis, type OwnRedis } from "../../../../tests/support/own-redis.ts";
import { attemptOf } from "../../../../tests/support/attempts.ts";
import { openTestHousekeeping, type TestHousekeeping } from "../../../../tests/support/test-housekeeping.ts";
import { audioOf, RECORD_TTL_MS, webhookOf } from "../../../../tests/support/test-store.ts";
import { expireAudio } from "./expire-audio.ts";
import { purgeDeliveries } from "./purge-deliveries.ts";
import { purgeRecords } from "./purge-records.ts";

let redis: OwnRedis;
let house: TestHousekeeping;

beforeAll(async () => {
  redis = await createOwnRedis();
  await redis.start();
});
afterAll(() => redis.stop());
beforeEach(async () => {
  house = await openTestHousekeeping(redis.url);
});
afterEach(async () => {
  await house.redis.config("SET", "maxmemory", "0");
  await house.close();
});

const LATER = new Date(Date.now() + RECORD_TTL_MS + 60_000);
const withoutWebhook = { request: { webhookUrl: null } };

async function fillRedis(): Promise<void> {
  await house.redis.config("SET", "maxmemory", "1");
  await expect(house.redis.set(house.keys.cursors, "anything")).rejects.toThrow("OOM");
}

async function settled(): Promise<Job> {
  const job = await house.completed();
  const delivery = await house.deliveries.find(webhookOf(job));
  if (delivery === null) throw new Error("no delivery");
  const attempt = attemptOf({ status_code: 500 });
  await house.recordAttempt({ delivery, attempt, status: "failed", nextAttemptAt: null });
  return job;
}

describe("a Redis that is full gets room again", () => {
  it("by audio that expires", async () => {
    const job = await house.completed(withoutWebhook);
    await fillRedis();

    expect(await expireAudio(house, LATER)).toMatchObject({ expired: 1, failed: 0 });

    expect(await house.has(job.audio?.key ?? "")).toBe(false);
    expect((await house.reread(job)).audioExpired).toBe(true);
  });

  it("by records whose time is over, also behind one that is still owed", async () => {
    const owed = await house.completed();
    const job = await house.completed(withoutWebhook);
    await fillRedis();

    expect(await purgeRecords(house, LATER)).toEqual({ purged: 1, postponed: 1, failed: 0 });

    expect(await house.jobs.find({ tenant: job.tenant, jobId: job.id })).toBeNull();
    expect(await house.has(job.audio?.key ?? "")).toBe(false);
    expect(await house.upkeep.lists.recordExpiry.due(LATER, { skip: 0, limit: 9 })).toEqual([]);
    expect(await house.reread(owed)).toEqual(owed);
  });

  it("by deliveries that were settled long ago", async () => {
    const job = await settled();
    await fillRedis();

    const limits = { ttlMs: 1, maxBytes: Number.MAX_SAFE_INTEGER };
    expect(await purgeDeliveries({ ...house, ...limits }, LATER)).toMatchObject({ expired: 1, unpurged: 0 });

    expect(await house.deliveries.find(webhookOf(job))).toBeNull();
  });

  it("by the text of a job that is cancelled, or ends", async () => {
    const { job: pending } = await house.create(withoutWebhook);
    const processing = await house.createAndClaim(withoutWebhook);
    await fillRedis();

    await house.finishJob(pending, cancel(pending, new Date()));
    await house.finishJob(
      processing,
      complete(processing, { audio: audioOf(processing), segments: 1 }, new Date()),
    );

    for (const job of [pending, processing]) {
      expect(await house.redis.exists(house.keys.text(job.tenant, job.id))).toBe(0);
    }
    expect((await house.reread(processing)).status).toBe("completed");
  });
});
