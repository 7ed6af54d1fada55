import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { attemptOf } from "../../../../tests/support/attempts.ts";
import { audioOf, openTestStore, webhookOf, type TestStore } from "../../../../tests/support/test-store.ts";
import type { Job } from "@herald/shared/jobs/job";
import { complete } from "@herald/shared/jobs/status";
import { createSealer } from "@herald/shared/signing/sealer";
import type { AttemptOutcome } from "../deliveries/attempt-outcome.ts";
import type { Delivery } from "../deliveries/delivery-record.ts";
import { createEndpointLimiter, type EndpointLimiter, type Observation } from "./endpoint-limiter.ts";

const FAILED: Observation = { verdict: "failed", pauseMs: null };
const DELIVERED: Observation = { verdict: "delivered", pauseMs: null };
const NOTHING: Observation = { verdict: "neither", pauseMs: null };

let store: TestStore;
let limiter: EndpointLimiter;
beforeEach(() => {
  store = openTestStore();
  const { redis, keys } = store;
  limiter = createEndpointLimiter({
    redis,
    keys,
    limits: { maxInFlight: 5, maxPerSecond: 0, leaseMs: 15_000 },
    sealer: createSealer([Buffer.alloc(32, 1)]),
    now: Date.now,
  });
});
afterEach(() => store.close());

async function ended(): Promise<Job> {
  const job = await store.createAndClaim();
  await store.finishJob(job, complete(job, { audio: audioOf(job), segments: 1 }, new Date()));
  return job;
}

async function owed(): Promise<{ job: Job; delivery: Delivery }> {
  const job = await ended();
  const delivery = await store.deliveries.find(webhookOf(job));
  if (delivery === null) throw new Error("no delivery");
  return { job, delivery };
}

const outcomeOf = (delivery: Delivery, attempt: number): AttemptOutcome => ({
  delivery,
  attempt: attemptOf({ attempt, at: "2026-03-01T12:00:00.000Z", status_code: 500 }),
  status: "pending",
  nextAttemptAt: new Date(),
});

describe("a delivery that may go", () => {
  it("is told what it sends", async () => {
    const { delivery } = await owed();

    expect(await limiter.acquire(delivery)).toEqual({ kind: "go", delivery, endpoint: null });
  });

  it("is told what its endpoint is now", async () => {
    const endpoint = await store.addEndpoint({ headers: { "X-Gateway": "letmein" } });
    const job = await ended();
    const permit = { tenant: job.tenant, endpointId: endpoint.endpointId };
    const deliveryId = `${webhookOf(job).deliveryId}.${endpoint.endpointId}`;
    await store.endpoints.update(job.tenant, endpoint.endpointId, { url: "https://moved.example/" });

    expect(await limiter.acquire({ ...permit, deliveryId })).toMatchObject({
      delivery: { deliveryId, endpointId: endpoint.endpointId },
      endpoint: { ...endpoint, url: "https://moved.example/" },
    });
  });

  it("is told when it, and its endpoint, are gone", async () => {
    const permit = { tenant: "acme", endpointId: "we_019ab0c1-0000-7000-8000-000000000000" };

    expect(await limiter.acquire({ ...permit, deliveryId: "evt_1" })).toEqual({
      kind: "go",
      delivery: null,
      endpoint: null,
    });
  });
});

describe("a delivery that leaves", () => {
  it("has its attempt recorded, and what its job tells of it", async () => {
    const { job, delivery } = await owed();
    const attempt = attemptOf({ attempt: 1 });
    await limiter.acquire(delivery);

    const { recorded } = await limiter.release(delivery, DELIVERED, {
      delivery,
      attempt,
      status: "delivered",
      nextAttemptAt: null,
    });

    expect(recorded).toBe("applied");
    expect(await store.deliveries.attempts(delivery)).toEqual([attempt]);
    expect(await store.deliveries.find(delivery)).toMatchObject({ status: "delivered" });
    expect((await store.reread(job)).webhook).toMatchObject({ status: "delivered", attempts: 1 });
  });

  it("together with others, that say nothing or go elsewhere, has its own attempt recorded", async () => {
    const [first, second] = [await owed(), await owed()];
    const endpoint = await store.addEndpoint();
    const other = { ...first.delivery, endpointId: endpoint.endpointId };
    await Promise.all([
      limiter.acquire(first.delivery),
      limiter.acquire(second.delivery),
      limiter.acquire(other),
    ]);

    const left = await Promise.all([
      limiter.release(first.delivery, FAILED, outcomeOf(first.delivery, 1)),
      limiter.release(other, NOTHING),
      limiter.release(second.delivery, FAILED, outcomeOf(second.delivery, 2)),
    ]);

    expect(left.map(({ recorded }) => recorded)).toEqual(["applied", null, "applied"]);
    const attempts = await Promise.all(
      [first, second].map(({ delivery }) => store.deliveries.attempts(delivery)),
    );
    expect(attempts.map((made) => made.map(({ attempt }) => attempt))).toEqual([[1], [2]]);
    for (const { tenant, endpointId } of [first.delivery, second.delivery, other]) {
      expect(await store.redis.hget(store.keys.endpointState(tenant, endpointId), "held")).toBe("0");
    }
  });

  it("gives its place back also when it was settled meanwhile", async () => {
    const { job, delivery } = await owed();
    await limiter.acquire(delivery);
    await store.deliveries.giveUp(delivery, "attempts_used_up", job.webhook);

    expect(await limiter.release(delivery, FAILED, outcomeOf(delivery, 1))).toMatchObject({
      recorded: "stale",
    });

    const { redis, keys } = store;
    const state = keys.endpointState(delivery.tenant, delivery.endpointId);
    expect(await redis.hget(state, "held")).toBe("0");
    expect((await redis.hkeys(state)).filter((field) => field.startsWith("lease:"))).toEqual([]);
  });

  it("counts once against its endpoint when it is sent twice", async () => {
    const { delivery } = await owed();
    for (let attempt = 1; attempt < 10; attempt++) {
      await limiter.release(delivery, FAILED, outcomeOf({ ...delivery, attemptsMade: attempt - 1 }, attempt));
    }
    const ninth = outcomeOf({ ...delivery, attemptsMade: 8 }, 9);

    expect(await limiter.release(delivery, FAILED, ninth)).toMatchObject({
      recorded: "applied",
      breaker: null,
    });
    const tenth = await limiter.release(delivery, FAILED, outcomeOf(delivery, 10));
    expect(tenth).toMatchObject({ recorded: "applied", breaker: "opened" });
  });
});
