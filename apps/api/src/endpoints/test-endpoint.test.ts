import { describe, expect, it } from "@jest/globals";
import { newEndpointId } from "@herald/shared/webhooks/webhook-ids";
import type { Delivery } from "@herald/webhooks/deliveries/delivery-record";
import { NOW, TENANT } from "../testing/fake-job.ts";
import { setupApp } from "../testing/setup-app.ts";

const ENDPOINT = {
  endpointId: newEndpointId(NOW),
  tenant: TENANT,
  url: "https://receiver.example/hook",
  events: ["job.failed"],
  description: "",
  headers: {},
  retryDelaysMs: null,
  enabled: true,
  now: NOW,
} as const;
const DELIVERY: Delivery = {
  deliveryId: `evt_019ab0c1-0000-7000-8000-000000000000.${ENDPOINT.endpointId}`,
  eventId: "evt_019ab0c1-0000-7000-8000-000000000000",
  endpointId: ENDPOINT.endpointId,
  jobId: null,
  tenant: TENANT,
  type: "job.failed",
  url: ENDPOINT.url,
  body: "{}",
  status: "pending",
  createdAt: NOW,
  dueSince: NOW,
  nextAttemptAt: null,
  reason: null,
  requestId: "req-1",
  earlierAttempts: 0,
  attemptsMade: 0,
};

async function setup(overrides: Parameters<typeof setupApp>[0] = {}, endpoint: { enabled?: boolean } = {}) {
  const tested: string[] = [];
  const { api, key, addKey, endpoints } = setupApp({
    sendExamples: ({ endpointId }) => {
      tested.push(endpointId);
      return Promise.resolve([DELIVERY.deliveryId]);
    },
    deliveries: {
      find: () => Promise.resolve(DELIVERY),
      list: () => Promise.resolve({ deliveries: [], hasMore: false, last: null }),
      idsOf: () => Promise.resolve([]),
      attempts: () => Promise.resolve([]),
    },
    ...overrides,
  });
  await endpoints.create({ ...ENDPOINT, ...endpoint });
  const test = (authorization = key, id: string = ENDPOINT.endpointId) =>
    api.post(`/v1/webhook-endpoints/${id}/test`).auth(authorization, { type: "bearer" });
  return { test, tested, addKey };
}

describe("POST /v1/webhook-endpoints/:endpoint_id/test", () => {
  it("answers with the deliveries that it sent", async () => {
    const { test, tested } = await setup();

    const response = await test();

    expect(response.status).toBe(202);
    expect(response.body).toMatchObject({
      data: [{ delivery_id: DELIVERY.deliveryId, type: "job.failed", status: "pending", job_id: null }],
      has_more: false,
    });
    expect(tested).toEqual([ENDPOINT.endpointId]);
  });

  it("refuses a disabled endpoint", async () => {
    const { test, tested } = await setup({}, { enabled: false });

    const response = await test();

    expect(response.status).toBe(409);
    expect(response.body).toMatchObject({ error: { code: "endpoint_disabled", param: "endpoint_id" } });
    expect(tested).toEqual([]);
  });

  it("says the same of one that is disabled between the look at it and the sending", async () => {
    const { test } = await setup({ sendExamples: () => Promise.resolve([]) });

    expect((await test()).status).toBe(409);
  });

  it("answers 429 with Retry-After to a tenant that has tested enough", async () => {
    const { test, tested } = await setup({ limitTests: () => Promise.resolve({ retryAfterSeconds: 42 }) });

    const response = await test();

    expect([response.status, response.headers["retry-after"]]).toEqual([429, "42"]);
    expect(response.body).toMatchObject({ error: { code: "rate_limited" } });
    expect(tested).toEqual([]);
  });

  it("is nobody else's, nor a viewer's, and uses up nothing for an endpoint that is not there", async () => {
    const { test, tested, addKey } = await setup({
      limitTests: () => Promise.reject(new Error("not to be asked")),
    });

    expect((await test(addKey("consumer", "umbrella"))).status).toBe(404);
    expect((await test(undefined, newEndpointId(NOW))).status).toBe(404);
    expect((await test(addKey("viewer"))).status).toBe(403);

    expect(tested).toEqual([]);
  });
});
