import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { attemptOf } from "../../../../tests/support/attempts.ts";
import { audioOf, openTestStore, webhookOf, type TestStore } from "../../../../tests/support/test-store.ts";
import type { Job } from "@herald/shared/jobs/job";
import { complete } from "@herald/shared/jobs/status";
import type { Delivery } from "./delivery-record.ts";

let store: TestStore;

beforeEach(() => {
  store = openTestStore();
});
afterEach(() => store.close());

const numbered = (attempt: number, status_code: number) =>
  attemptOf({ attempt, status_code, at: "2026-03-01T12:00:00.000Z" });
const NEXT = new Date("2026-03-01T12:00:02.000Z");

async function owed(): Promise<{ job: Job; delivery: Delivery }> {
  const job = await store.createAndClaim();
  await store.finishJob(job, complete(job, { audio: audioOf(job), segments: 1 }, new Date()));
  const delivery = await store.deliveries.find(webhookOf(job));
  if (delivery === null) throw new Error("no delivery");
  return { job, delivery };
}

const isOpen = async () => (await store.redis.zcard(store.keys.openDeliveries)) === 1;

describe("recording an attempt at a delivery", () => {
  it("adds it to the history, and the job tells how far its webhook is", async () => {
    const { job, delivery } = await owed();
    const attempt = numbered(1, 503);

    expect(await store.recordAttempt({ delivery, attempt, status: "pending", nextAttemptAt: NEXT })).toBe(
      "applied",
    );

    expect(await store.deliveries.attempts(delivery)).toEqual([attempt]);
    expect((await store.reread(job)).webhook).toEqual({
      status: "pending",
      attempts: 1,
      lastStatusCode: 503,
      lastAttemptAt: Date.parse(attempt.at),
      nextAttemptAt: NEXT.getTime(),
    });
    expect(await isOpen()).toBe(true);
  });

  it.each(["delivered", "failed"] as const)("that settles it as %s closes it", async (status) => {
    const { job, delivery } = await owed();

    await store.recordAttempt({ delivery, attempt: numbered(1, 200), status, nextAttemptAt: null });

    expect(await store.deliveries.find(delivery)).toEqual({ ...delivery, status, attemptsMade: 1 });
    expect((await store.reread(job)).webhook).toMatchObject({ status, nextAttemptAt: null });
    expect(await isOpen()).toBe(false);
  });

  it("that comes after the delivery was settled changes nothing", async () => {
    const { job, delivery } = await owed();
    await store.recordAttempt({
      delivery,
      attempt: numbered(1, 200),
      status: "delivered",
      nextAttemptAt: null,
    });
    const settled = await store.reread(job);

    const late = { delivery, attempt: numbered(2, 500), status: "failed", nextAttemptAt: null } as const;

    expect(await store.recordAttempt(late)).toBe("stale");
    expect(await store.reread(job)).toEqual(settled);
    expect(await store.deliveries.attempts(delivery)).toHaveLength(1);
  });

  it("that is sent twice is one attempt", async () => {
    const { delivery } = await owed();
    const outcome = { delivery, attempt: numbered(1, 503), status: "pending", nextAttemptAt: NEXT } as const;

    await store.recordAttempt(outcome);

    expect(await store.recordAttempt(outcome)).toBe("applied");
    expect(await store.deliveries.attempts(delivery)).toHaveLength(1);
  });

  it("does not bring a purged job back", async () => {
    const { job, delivery } = await owed();
    await store.redis.del(store.keys.job(job.tenant, job.id));

    await store.recordAttempt({
      delivery,
      attempt: numbered(1, 200),
      status: "delivered",
      nextAttemptAt: null,
    });

    expect(await store.redis.exists(store.keys.job(job.tenant, job.id))).toBe(0);
  });

  it("keeps the newest hundred", async () => {
    const { delivery } = await owed();
    for (let number = 1; number <= 101; number++) {
      await store.recordAttempt({
        delivery,
        attempt: numbered(number, 500),
        status: "pending",
        nextAttemptAt: NEXT,
      });
    }

    const kept = await store.deliveries.attempts(delivery);

    expect([kept.length, kept[0]?.attempt, kept.at(-1)?.attempt]).toEqual([100, 2, 101]);
  });
});

describe("giving a delivery up", () => {
  it("settles it without inventing an attempt", async () => {
    const { job, delivery } = await owed();

    expect(await store.deliveries.giveUp(delivery, "attempts_used_up", job.webhook)).toBe("applied");

    expect((await store.reread(job)).webhook).toMatchObject({ status: "failed", attempts: 0 });
    expect(await store.deliveries.attempts(delivery)).toEqual([]);
    expect(await isOpen()).toBe(false);
  });

  it("comes too late for one that was delivered", async () => {
    const { job, delivery } = await owed();
    await store.recordAttempt({
      delivery,
      attempt: numbered(1, 200),
      status: "delivered",
      nextAttemptAt: null,
    });

    expect(await store.deliveries.giveUp(delivery, "attempts_used_up", job.webhook)).toBe("stale");
    expect((await store.reread(job)).webhook.status).toBe("delivered");
  });
});
