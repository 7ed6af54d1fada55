import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { attemptOf } from "../../../../tests/support/attempts.ts";
import {
  deliveryTo,
  openTestStore,
  TENANT,
  webhookOf,
  type TestStore,
} from "../../../../tests/support/test-store.ts";
import type { Job } from "@herald/shared/jobs/job";
import { fail } from "@herald/shared/jobs/status";
import { endpointIdOfUrl } from "@herald/shared/webhooks/webhook-ids";
import type { DeliveryRef } from "@herald/platform/redis/keys";
import type { DeliveryAttempt } from "./delivery-attempt.ts";
import type { Delivery } from "./delivery-record.ts";
import type { DeliveryQuery } from "./list-deliveries.ts";
import { redeliver } from "./redeliver.ts";
import { createUpkeepStore } from "@herald/jobs/retention/upkeep-store";

let store: TestStore;

beforeEach(() => {
  store = openTestStore();
});
afterEach(() => store.close());

const FAULT = { code: "engine_failed", message: "no", segment: null };
const at = (second: number) => new Date(Date.UTC(2026, 2, 1, 12, 0, second));

async function endedAt(second: number, tenant = TENANT): Promise<Job> {
  const job = await store.createAndClaim({ tenant });
  await store.finishJob(job, fail(job, FAULT, at(second)));
  return job;
}

const LONG_ANSWER = { response_excerpt: "x".repeat(1000) };

async function settle(
  ref: DeliveryRef,
  status: "delivered" | "failed",
  answer?: Partial<DeliveryAttempt>,
): Promise<Delivery> {
  const delivery = await store.deliveries.find(ref);
  if (delivery === null) throw new Error("no delivery");
  await store.recordAttempt({ delivery, attempt: attemptOf(answer), status, nextAttemptAt: null });
  return { ...delivery, status, attemptsMade: 1 };
}

const ALL: DeliveryQuery = {
  tenant: TENANT,
  status: null,
  endpointId: null,
  createdAfter: null,
  createdBefore: null,
  order: "newest_first",
  after: null,
  limit: 100,
};

/** All pages, one after the other. */
async function listed(query: Partial<DeliveryQuery> = {}): Promise<readonly string[]> {
  const ids: string[] = [];
  let after: string | null = null;
  for (;;) {
    const page = await store.deliveries.list({ ...ALL, ...query, after });
    ids.push(...page.deliveries.map(({ deliveryId }) => deliveryId));
    if (!page.hasMore) return ids;
    after = page.last;
  }
}

const idsOf = (jobs: readonly Job[]) => jobs.map((job) => webhookOf(job).deliveryId);
const bytesCounted = async () => Number(await store.redis.get(store.keys.deliveryBytes));

describe("listing deliveries", () => {
  it("shows the tenant's own by the time of their events, whatever the order of their jobs", async () => {
    const jobs = [await endedAt(3), await endedAt(1), await endedAt(2)];
    await endedAt(4, "rival");
    const [third, first, second] = idsOf(jobs);

    expect(await listed()).toEqual([third, second, first]);
    expect(await listed({ order: "oldest_first" })).toEqual([first, second, third]);
    expect(await listed({ createdAfter: at(1), createdBefore: at(3) })).toEqual([second]);
  });

  it.each([
    [{ createdBefore: new Date("2286-11-20T17:46:39.999Z") }, 1],
    [{ createdBefore: new Date("2286-11-20T17:46:40.000Z") }, 1],
    [{ createdBefore: new Date("9999-12-31T23:59:59.999Z") }, 1],
    [{ createdBefore: new Date("1969-12-31T23:59:59.999Z") }, 0],
    [{ createdAfter: new Date("2286-11-20T17:46:39.998Z") }, 0],
    [{ createdAfter: new Date("2286-11-20T17:46:39.999Z") }, 0],
    [{ createdAfter: new Date("9999-12-31T23:59:59.999Z") }, 0],
    [{ createdAfter: new Date("1969-12-31T23:59:59.999Z") }, 1],
  ])("knows times that no event could have: %j leaves %i", async (bounds, count) => {
    await endedAt(1);

    expect(await listed(bounds)).toHaveLength(count);
    expect(await listed({ ...bounds, order: "oldest_first" })).toHaveLength(count);
  });

  it("comes page by page without a gap or a repetition, also for events of one instant", async () => {
    await store.addEndpoint();
    for (let i = 0; i < 5; i++) await endedAt(7);

    const whole = await listed();

    expect(new Set(whole).size).toBe(10);
    expect(await listed({ limit: 1 })).toEqual(whole);
    expect(await listed({ limit: 3 })).toEqual(whole);
    expect(await listed({ limit: 5, order: "oldest_first" })).toEqual([...whole].reverse());
  });

  it("follows each change of status", async () => {
    const [gone, lost, open] = [await endedAt(1), await endedAt(2), await endedAt(3)];
    await settle(webhookOf(gone), "delivered");
    const failed = await settle(webhookOf(lost), "failed");

    expect(await listed({ status: "delivered" })).toEqual(idsOf([gone]));
    expect(await listed({ status: "failed" })).toEqual(idsOf([lost]));
    expect(await listed({ status: "pending" })).toEqual(idsOf([open]));

    const deps = { ...store, queue: store.webhooks, now: () => at(9) };
    expect(await redeliver(failed, deps)).toBe("applied");
    expect(await listed({ status: "failed" })).toEqual([]);
    expect(await listed({ status: "pending" })).toEqual(idsOf([open, lost]));
  });

  it("finds those of one endpoint, and of one status among them", async () => {
    const endpoint = await store.addEndpoint();
    const disabled = await store.addEndpoint({ enabled: false });
    const [one, two] = [await endedAt(1), await endedAt(2)];
    await settle(deliveryTo(endpoint, one), "failed");
    const { endpointId } = endpoint;

    expect(await listed({ endpointId, limit: 1 })).toEqual(
      [two, one].map((job) => deliveryTo(endpoint, job).deliveryId),
    );
    expect(await listed({ endpointId, status: "failed", limit: 1 })).toEqual([
      deliveryTo(endpoint, one).deliveryId,
    ]);
    expect(await listed({ endpointId: disabled.endpointId, status: "parked" })).toHaveLength(2);
    const own = endpointIdOfUrl(one.request.webhookUrl ?? "");
    expect(await listed({ endpointId: own })).toEqual(idsOf([two, one]));
  });
});

describe("redelivering", () => {
  it("has the same event wait again with all attempts ahead of it, and its job say so", async () => {
    const job = await endedAt(1);
    const delivery = await settle(webhookOf(job), "delivered");

    const deps = { ...store, queue: store.webhooks, now: () => at(9) };
    expect(await redeliver(delivery, deps)).toBe("applied");

    expect(await store.deliveries.find(delivery)).toMatchObject({
      status: "pending",
      body: delivery.body,
      eventId: delivery.eventId,
      earlierAttempts: 1,
    });
    expect((await store.reread(job)).webhook).toMatchObject({ status: "pending", attempts: 0 });
    expect(await store.webhooks.statesOf([delivery.deliveryId])).toEqual(["open"]);
    expect(await redeliver(delivery, deps)).toBe("stale");
  });
});

describe("the bytes of deliveries", () => {
  it("are counted to the last one, and none are left when all are purged", async () => {
    const endpoint = await store.addEndpoint();
    const job = await endedAt(1);
    const before = await bytesCounted();
    const own = await settle(webhookOf(job), "delivered");
    // Every delivery counts as having one attempt of the usual size.
    expect(await bytesCounted()).toBe(before);

    const other = await settle(deliveryTo(endpoint, job), "failed", LONG_ANSWER);
    const excess = Buffer.byteLength(JSON.stringify(attemptOf(LONG_ANSWER))) - 512;
    const texts = [own, other].map(({ body, url }) => Buffer.byteLength(body) + Buffer.byteLength(url));
    expect(await bytesCounted()).toBe(texts.reduce((sum, bytes) => sum + bytes + 1536, excess));

    const upkeep = createUpkeepStore(store.redis, store.keys);
    expect(await upkeep.purge({ tenant: TENANT, jobId: job.id })).toBe("purged");
    expect(await bytesCounted()).toBe(0);
    expect(await listed()).toEqual([]);
    expect(await store.redis.exists(store.keys.settledDeliveries)).toBe(0);
  });
});
