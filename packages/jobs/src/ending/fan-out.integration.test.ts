import { attemptOf } from "../../../../tests/support/attempts.ts";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  audioOf,
  deliveryTo,
  openTestStore,
  TENANT,
  webhookOf,
  type TestStore,
} from "../../../../tests/support/test-store.ts";
import type { Job } from "@herald/shared/jobs/job";
import { cancel, complete, type ClaimedJob } from "@herald/shared/jobs/status";
import { enqueueOwed } from "@herald/webhooks/deliveries/enqueue-owed";

let store: TestStore;

beforeEach(() => {
  store = openTestStore();
});
afterEach(() => store.close());

const withoutUrl = { request: { webhookUrl: null } };
const completionOf = (job: Job & ClaimedJob) =>
  complete(job, { audio: audioOf(job), segments: 1 }, new Date());
const idsOf = (job: Job) => store.deliveries.idsOf({ tenant: job.tenant, jobId: job.id });
const opened = () => store.redis.zrange(store.keys.openDeliveries, "0", "-1");

describe("a job's end", () => {
  it("owes a delivery to the job's own URL and to each endpoint that wants the event, of the same bytes", async () => {
    const first = await store.addEndpoint();
    const second = await store.addEndpoint({ url: "https://other.test/" });
    const job = await store.createAndClaim();

    await store.finishJob(job, completionOf(job));

    const refs = [webhookOf(job), deliveryTo(first, job), deliveryTo(second, job)];
    const found = await Promise.all(refs.map((ref) => store.deliveries.find(ref)));
    expect((await store.reread(job)).toldEndpoints).toEqual([first.endpointId, second.endpointId]);
    expect(await idsOf(job)).toEqual(refs.map(({ deliveryId }) => deliveryId));
    expect(found.map((delivery) => [delivery?.url, delivery?.status])).toEqual([
      ["https://receiver.test/hook", "pending"],
      [first.url, "pending"],
      [second.url, "pending"],
    ]);
    expect(new Set(found.map((delivery) => `${delivery?.eventId} ${delivery?.body}`)).size).toBe(1);
    expect((await opened()).sort()).toEqual(refs.map(({ deliveryId }) => `${TENANT}:${deliveryId}`).sort());
    expect(await store.webhooks.statesOf(refs.map(({ deliveryId }) => deliveryId))).toEqual([
      "open",
      "open",
      "open",
    ]);
  });

  it("is not told to endpoints of others, nor to those that want other events", async () => {
    await store.addEndpoint({ tenant: "umbrella" });
    const completions = await store.addEndpoint({ events: ["job.completed"] });
    const { job } = await store.create();

    await store.finishJob(job, cancel(job, new Date()));

    expect(await idsOf(job)).toEqual([webhookOf(job).deliveryId]);
    expect(await store.deliveries.find(deliveryTo(completions, job))).toBeNull();
  });

  it("is told to endpoints although the job came without a URL, and says of itself that it has none", async () => {
    const endpoint = await store.addEndpoint();
    const job = await store.createAndClaim(withoutUrl);

    await store.finishJob(job, completionOf(job));

    const delivery = await store.deliveries.find(deliveryTo(endpoint, job));
    expect(await store.deliveries.find(webhookOf(job))).toBeNull();
    expect(JSON.parse(delivery?.body ?? "")).toMatchObject({
      data: { webhook: { url: null, status: "none" } },
    });
    expect((await store.reread(job)).webhook.status).toBe("none");
  });

  it("names the job's own URL as far as it holds no secret, as every other receiver reads it", async () => {
    const endpoint = await store.addEndpoint();
    const webhookUrl = "https://hooks.test:8443/services/T0/s3cret?token=s3cret";
    const job = await store.createAndClaim({ request: { webhookUrl } });

    await store.finishJob(job, completionOf(job));

    const delivery = await store.deliveries.find(deliveryTo(endpoint, job));
    expect(JSON.parse(delivery?.body ?? "")).toMatchObject({
      data: { webhook: { url: "https://hooks.test:8443" } },
    });
    expect(delivery?.body).not.toContain("s3cret");
    expect((await store.deliveries.find(webhookOf(job)))?.url).toBe(webhookUrl);
  });

  it("is kept, outside the queue, for an endpoint that is disabled", async () => {
    const endpoint = await store.addEndpoint({ enabled: false });
    const job = await store.createAndClaim(withoutUrl);

    await store.finishJob(job, completionOf(job));

    const ref = deliveryTo(endpoint, job);
    expect(await store.deliveries.find(ref)).toMatchObject({ status: "parked" });
    expect(await opened()).toEqual([]);
    expect(await store.webhooks.statesOf([ref.deliveryId])).toEqual(["missing"]);
  });

  it("that is sent twice owes each delivery once", async () => {
    const endpoint = await store.addEndpoint();
    const job = await store.createAndClaim(withoutUrl);
    const ending = completionOf(job);

    await store.finishJob(job, ending);
    await store.webhooks.remove(deliveryTo(endpoint, job).deliveryId);
    expect(await store.finishJob(job, ending)).toBe("applied");

    expect(await opened()).toHaveLength(1);
    expect(await store.webhooks.statesOf([deliveryTo(endpoint, job).deliveryId])).toEqual(["open"]);
  });
});

describe("a delivery to an endpoint", () => {
  async function owed() {
    const endpoint = await store.addEndpoint();
    const job = await store.createAndClaim();
    await store.finishJob(job, completionOf(job));
    const delivery = await store.deliveries.find(deliveryTo(endpoint, job));
    if (delivery === null) throw new Error("no delivery");
    return { endpoint, job, delivery };
  }
  const lists = async (endpointId: string) => ({
    pending: await store.redis.zcard(store.keys.endpointPending(TENANT, endpointId)),
    parked: await store.redis.zcard(store.keys.endpointParked(TENANT, endpointId)),
  });
  const attempt = attemptOf();

  it("is recorded without a word in its job, which tells of its own webhook", async () => {
    const { endpoint, job, delivery } = await owed();

    await store.recordAttempt({ delivery, attempt, status: "delivered", nextAttemptAt: null });

    expect((await store.reread(job)).webhook).toMatchObject({ status: "pending", attempts: 0 });
    expect(await opened()).toEqual([`${TENANT}:${webhookOf(job).deliveryId}`]);
    expect(await lists(endpoint.endpointId)).toEqual({ pending: 0, parked: 0 });
  });

  it("leaves the queue's lists when it is parked, and comes back when it is reopened", async () => {
    const { endpoint, job, delivery } = await owed();

    expect(await store.deliveries.park(delivery, new Date())).toBe("applied");
    expect(await lists(endpoint.endpointId)).toEqual({ pending: 0, parked: 1 });
    expect(await opened()).toEqual([`${TENANT}:${webhookOf(job).deliveryId}`]);

    const parked = { ...delivery, status: "parked" } as const;
    const later = new Date(Date.now() + 60_000);
    expect(await store.deliveries.reopen(parked, null, later)).toBe("applied");
    expect(await store.deliveries.find(delivery)).toMatchObject({ status: "pending", dueSince: later });
    expect(await lists(endpoint.endpointId)).toEqual({ pending: 1, parked: 0 });
    expect(await opened()).toHaveLength(2);
    expect(await store.deliveries.reopen(parked, null, new Date())).toBe("stale");
  });

  it("comes back from being parked only once its endpoint is enabled", async () => {
    const { endpoint, delivery } = await owed();
    await store.deliveries.park(delivery, new Date());
    await store.endpoints.update(TENANT, endpoint.endpointId, { enabled: false });
    const parked = { ...delivery, status: "parked" } as const;

    expect(await store.deliveries.reopen(parked, null, new Date())).toBe("stale");
    expect(await lists(endpoint.endpointId)).toEqual({ pending: 0, parked: 1 });

    await store.endpoints.update(TENANT, endpoint.endpointId, { enabled: true });
    expect(await store.deliveries.reopen(parked, null, new Date())).toBe("applied");
  });

  it("that is parked takes no further attempt, but can be given up", async () => {
    const { endpoint, delivery } = await owed();
    await store.deliveries.park(delivery, new Date());
    const late = { delivery, attempt, status: "pending", nextAttemptAt: new Date() } as const;

    expect(await store.recordAttempt(late)).toBe("stale");
    expect(await store.deliveries.giveUp(delivery, "endpoint_deleted", null)).toBe("applied");

    expect(await store.deliveries.find(delivery)).toMatchObject({
      status: "failed",
      reason: "endpoint_deleted",
    });
    expect(await lists(endpoint.endpointId)).toEqual({ pending: 0, parked: 0 });
  });

  it("is enqueued by whoever finds its job ended, unless it is settled", async () => {
    const { job, delivery } = await owed();
    await store.webhooks.remove(delivery.deliveryId);
    await store.webhooks.remove(webhookOf(job).deliveryId);
    await store.deliveries.giveUp(delivery, "endpoint_deleted", null);

    await enqueueOwed({ tenant: TENANT, jobId: job.id }, { store: store.deliveries, queue: store.webhooks });

    const ids = [webhookOf(job).deliveryId, delivery.deliveryId];
    expect(await store.webhooks.statesOf(ids)).toEqual(["open", "missing"]);
  });
});
