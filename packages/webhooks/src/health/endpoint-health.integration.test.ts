import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { attemptOf } from "../../../../tests/support/attempts.ts";
import { openTestStore, TENANT, type TestStore } from "../../../../tests/support/test-store.ts";
import type { EndpointEvent } from "@herald/shared/jobs/job";
import type { Delivery } from "../deliveries/delivery-record.ts";
import type { Endpoint } from "../endpoints/endpoint-record.ts";
import { createEndpointHealth, type EndpointHealth } from "./endpoint-health.ts";
import { markEndpoint } from "./mark-endpoint.ts";

const HOUR_MS = 3_600_000;
const START = Date.parse("2026-03-01T00:00:00Z");
const FIVE_DAYS_MS = 120 * HOUR_MS;
const FIELDS = {
  event_id: "evt_1",
  job_id: "",
  tenant: TENANT,
  type: "webhook_endpoint.disabled",
  body: "{}",
  created_at: String(START),
  request_id: "req-7",
};
const TOLD: readonly EndpointEvent[] = ["webhook_endpoint.failing", "webhook_endpoint.disabled"];

let store: TestStore;
let health: EndpointHealth;
let clock: number;

beforeEach(() => {
  store = openTestStore();
  clock = START;
  health = createEndpointHealth({
    redis: store.redis,
    keys: store.keys,
    deliveries: store.webhooks,
    rules: { disableAfterMs: FIVE_DAYS_MS },
    now: () => new Date(clock),
    onDeliveryDelayed: (error) => {
      throw error;
    },
  });
});
afterEach(() => store.close());

const reread = async ({ tenant, endpointId }: Endpoint) => {
  const endpoint = await store.endpoints.find(tenant, endpointId);
  if (endpoint === null) throw new Error("the endpoint is gone");
  return endpoint;
};
const fail = (endpoint: Endpoint, isGone = false) => {
  const at = new Date(clock).toISOString();
  const attempt = attemptOf({ at, status_code: isGone ? 410 : 500, error_class: "status" });
  return health.failed(endpoint, { attempt, isGone, requestId: "req-7" });
};
/** One failure an hour, the first one at once. Answers the changes and the hours that they came at. */
async function failHourly(endpoint: Endpoint, hours: number) {
  const changes: unknown[] = [];
  for (let hour = 0; hour <= hours; hour++) {
    const change = await fail(endpoint);
    if (change !== null) changes.push([hour, change.kind]);
    clock += HOUR_MS;
  }
  return changes;
}
async function deliveriesTo({ tenant, endpointId }: Endpoint): Promise<readonly Delivery[]> {
  const { deliveries } = await store.deliveries.list({
    tenant,
    endpointId,
    status: null,
    createdAfter: null,
    createdBefore: null,
    order: "oldest_first",
    after: null,
    limit: 100,
  });
  return deliveries;
}
const inState = async (state: "enabled" | "failing" | "disabled") =>
  (await store.redis.smembers(store.keys.endpointsWithState(state))).sort();
const names = (...endpoints: Endpoint[]) =>
  endpoints.map(({ tenant, endpointId }) => `${tenant}:${endpointId}`).sort();

describe("an endpoint that only fails", () => {
  it("is warned of half-way, disabled after five days, and never told of again", async () => {
    const endpoint = await store.addEndpoint();

    expect(await failHourly(endpoint, 130)).toEqual([
      [60, "failing"],
      [120, "disabled"],
    ]);

    expect(await reread(endpoint)).toMatchObject({ enabled: false, disabledReason: "failing" });
  });

  it("says since when, and is listed under its state all the time", async () => {
    const endpoint = await store.addEndpoint();
    const other = await store.addEndpoint({ tenant: "umbrella" });

    await failHourly(endpoint, 1);
    expect(await reread(endpoint)).toMatchObject({ failingSince: new Date(START), state: "enabled" });
    expect(await inState("enabled")).toEqual(names(endpoint, other));

    await failHourly(endpoint, 60);
    expect((await reread(endpoint)).state).toBe("failing");
    expect(await inState("failing")).toEqual(names(endpoint));

    await failHourly(endpoint, 60);
    expect((await reread(endpoint)).state).toBe("disabled");
    expect([await inState("failing"), await inState("disabled")]).toEqual([[], names(endpoint)]);

    await store.endpoints.remove(endpoint.tenant, endpoint.endpointId, new Date(clock));
    expect([await inState("disabled"), await inState("enabled")]).toEqual([[], names(other)]);
  });

  it("begins anew after one that was delivered", async () => {
    const endpoint = await store.addEndpoint();
    await failHourly(endpoint, 119);

    await health.delivered(await reread(endpoint));

    expect(await reread(endpoint)).toMatchObject({ failingSince: null, state: "enabled" });
    expect(await inState("failing")).toEqual([]);
    expect(await failHourly(endpoint, 119)).toEqual([[60, "failing"]]);
  });

  it("costs Redis nothing when one is delivered and none failed before", async () => {
    const endpoint = await store.addEndpoint();
    const asked = jest.spyOn(store.redis, "sendCommand");

    await health.delivered(endpoint);

    expect(asked).not.toHaveBeenCalled();
  });

  it.each([
    ["its tenant points it elsewhere", { url: "https://endpoint.test/new" }],
    ["its tenant enables it again", { enabled: true }],
  ])("begins anew when %s", async (_when, changes) => {
    const endpoint = await store.addEndpoint();
    await failHourly(endpoint, 120);

    await store.endpoints.update(TENANT, endpoint.endpointId, { enabled: true, ...changes });

    const now = await reread(endpoint);
    expect(now).toMatchObject({ failingSince: null, state: "enabled", disabledReason: null });
    expect(await failHourly(now, 119)).toEqual([[60, "failing"]]);
  });

  it("does not begin anew when its tenant changes something else", async () => {
    const endpoint = await store.addEndpoint();
    await failHourly(endpoint, 10);

    await store.endpoints.update(TENANT, endpoint.endpointId, { description: "x", url: endpoint.url });

    expect((await reread(endpoint)).failingSince).toEqual(new Date(START));
  });

  it("is not blamed for what its receiver before answered, nor for what is sent while it is disabled", async () => {
    const endpoint = await store.addEndpoint();
    await store.endpoints.update(TENANT, endpoint.endpointId, { url: "https://endpoint.test/new" });

    expect(await failHourly(endpoint, 130)).toEqual([]);
    expect(await fail(endpoint, true)).toBeNull();
    await store.endpoints.update(TENANT, endpoint.endpointId, { enabled: false });
    expect(await fail(await reread(endpoint), true)).toBeNull();

    expect(await reread(endpoint)).toMatchObject({ disabledReason: "paused", failingSince: null });
  });
});

describe("the others of a tenant", () => {
  it("are sent what happened, if they want it, and the endpoint itself is not", async () => {
    const endpoint = await store.addEndpoint({ events: TOLD, description: "the shop" });
    const other = await store.addEndpoint({ events: TOLD });
    const paused = await store.addEndpoint({ events: TOLD, enabled: false });
    const uninterested = await store.addEndpoint({ events: ["job.failed"] });
    const stranger = await store.addEndpoint({ events: TOLD, tenant: "umbrella" });

    await failHourly(endpoint, 120);

    const told = await deliveriesTo(other);
    expect(told.map(({ type, status, jobId }) => [type, status, jobId])).toEqual([
      ["webhook_endpoint.failing", "pending", null],
      ["webhook_endpoint.disabled", "pending", null],
    ]);
    expect(JSON.parse(told[0]?.body ?? "")).toEqual({
      type: "webhook_endpoint.failing",
      timestamp: new Date(START + 60 * HOUR_MS).toISOString(),
      data: {
        endpoint_id: endpoint.endpointId,
        description: "the shop",
        enabled: true,
        disabled_reason: null,
        failing_since: new Date(START).toISOString(),
        failed_attempts: 61,
        disabled_from: new Date(START + FIVE_DAYS_MS).toISOString(),
        last_attempt: {
          at: new Date(START + 60 * HOUR_MS).toISOString(),
          status_code: 500,
          error_class: "status",
        },
      },
    });
    expect(JSON.parse(told[1]?.body ?? "")).toMatchObject({
      data: { enabled: false, disabled_reason: "failing", disabled_from: null, failed_attempts: 121 },
    });
    expect(await store.webhooks.statesOf(told.map(({ deliveryId }) => deliveryId))).toEqual(["open", "open"]);
    expect((await deliveriesTo(paused)).map(({ status }) => status)).toEqual(["parked", "parked"]);
    for (const untold of [endpoint, uninterested, stranger]) expect(await deliveriesTo(untold)).toEqual([]);
  });

  it("are told of one that is gone, at once", async () => {
    const endpoint = await store.addEndpoint();
    const other = await store.addEndpoint({ events: TOLD });

    expect(await fail(endpoint, true)).toEqual({ kind: "disabled", reason: "gone" });
    expect(await fail(endpoint, true)).toBeNull();

    const [told, ...more] = await deliveriesTo(other);
    expect(more).toEqual([]);
    expect(JSON.parse(told?.body ?? "")).toMatchObject({
      type: "webhook_endpoint.disabled",
      data: { disabled_reason: "gone", failed_attempts: 1, last_attempt: { status_code: 410 } },
    });
  });

  it("are told once, however many attempts fail at the same moment", async () => {
    const endpoint = await store.addEndpoint();
    const other = await store.addEndpoint({ events: TOLD });
    await failHourly(endpoint, 59);

    const changes = await Promise.all(Array.from({ length: 20 }, () => fail(endpoint)));

    expect(changes.filter((change) => change !== null)).toEqual([{ kind: "failing" }]);
    expect(await deliveriesTo(other)).toHaveLength(1);
  });

  it("are told once, by an answer that is the same, when the connection breaks before it", async () => {
    const endpoint = await store.addEndpoint();
    const other = await store.addEndpoint({ events: TOLD });
    const mark = () =>
      markEndpoint(store.redis, store.keys, {
        endpoint,
        disabledReason: "gone",
        event: { id: "evt_1", type: "webhook_endpoint.disabled", fields: FIELDS },
        now: new Date(clock),
      });

    expect([await mark(), await mark()]).toEqual([[other.endpointId], [other.endpointId]]);

    expect(await deliveriesTo(other)).toHaveLength(1);
  });

  it("keep what they were told no longer than other deliveries, although it is no job's", async () => {
    const endpoint = await store.addEndpoint();
    const other = await store.addEndpoint({ events: TOLD });
    await fail(endpoint, true);
    const [delivery] = await deliveriesTo(other);
    if (delivery === undefined) throw new Error("nothing was told");

    expect(await store.redis.zcard(store.keys.settledDeliveries)).toBe(0);
    await store.recordAttempt({
      delivery,
      attempt: attemptOf(),
      status: "delivered",
      nextAttemptAt: null,
    });

    expect(await store.redis.zrange(store.keys.settledDeliveries, "0", "-1")).toEqual([
      `${TENANT}:${delivery.deliveryId}`,
    ]);
  });
});
