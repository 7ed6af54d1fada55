import { describe, expect, it } from "@jest/globals";
import { eventIdOf } from "@herald/shared/webhooks/webhook-ids";
import type { Delivery } from "@herald/webhooks/deliveries/delivery-record";
import type { DeliveryQuery } from "@herald/webhooks/deliveries/list-deliveries";
import { attemptOf } from "../../../../tests/support/attempts.ts";
import { fakeJob, NOW, TENANT } from "../testing/fake-job.ts";
import { setupApp } from "../testing/setup-app.ts";

const ENDPOINT = "we_019ab0c1-0000-7000-8000-000000000000";
const ATTEMPT = attemptOf({ status_code: 503, response_excerpt: "come back later" });
const job = fakeJob({ status: "completed", finishedAt: NOW });
const eventId = eventIdOf(job.id);

function deliveryOf(changes: Partial<Delivery> = {}): Delivery {
  return {
    deliveryId: eventId,
    eventId,
    endpointId: `url_${"a".repeat(32)}`,
    jobId: job.id,
    tenant: TENANT,
    type: "job.completed",
    url: "https://receiver.test/hook",
    body: "{}",
    status: "failed",
    createdAt: NOW,
    dueSince: NOW,
    nextAttemptAt: null,
    reason: null,
    requestId: "request-1",
    earlierAttempts: 0,
    attemptsMade: 0,
    ...changes,
  };
}

/** The app over these deliveries of one job. `isEnabled`: the endpoint that some are parked for. */
function setup(found: readonly Delivery[], { isEnabled = false } = {}) {
  const queries: DeliveryQuery[] = [];
  const sentAgain: string[] = [];
  const ofTenant = (tenant: string) => found.filter((delivery) => delivery.tenant === tenant);
  const app = setupApp({
    deliveries: {
      find: ({ tenant, deliveryId }) =>
        Promise.resolve(ofTenant(tenant).find((delivery) => delivery.deliveryId === deliveryId) ?? null),
      idsOf: () => Promise.resolve(found.map(({ deliveryId }) => deliveryId)),
      attempts: () => Promise.resolve([ATTEMPT]),
      list(query) {
        queries.push(query);
        return Promise.resolve({
          deliveries: ofTenant(query.tenant),
          hasMore: true,
          last: `1772366400000:${eventId}`,
        });
      },
    },
    redeliver({ deliveryId, status }) {
      if (status === "parked" && !isEnabled) return Promise.resolve("stale");
      sentAgain.push(deliveryId);
      return Promise.resolve("applied");
    },
  });
  app.jobs.set(job.id, job);
  const as = (key: string) => ({
    get: (path: string) => app.api.get(path).auth(key, { type: "bearer" }),
    post: (path: string) => app.api.post(path).auth(key, { type: "bearer" }),
  });
  return { ...app, ...as(app.key), as, queries, sentAgain };
}

const presented = {
  delivery_id: eventId,
  event_id: eventId,
  job_id: job.id,
  endpoint_id: `url_${"a".repeat(32)}`,
  type: "job.completed",
  url: "https://receiver.test/hook",
  status: "failed",
  reason: null,
  created_at: NOW.toISOString(),
  next_attempt_at: null,
  attempts: [ATTEMPT],
};

describe("GET /v1/jobs/:job_id/deliveries", () => {
  it("answers each delivery of the job's event with all its attempts", async () => {
    const toEndpoint = deliveryOf({ deliveryId: `${eventId}.${ENDPOINT}`, endpointId: ENDPOINT });
    const { get } = setup([deliveryOf(), toEndpoint]);

    const response = await get(`/v1/jobs/${job.id}/deliveries`);

    expect(response.status).toBe(200);
    expect(response.body).toEqual({
      data: [presented, { ...presented, delivery_id: toEndpoint.deliveryId, endpoint_id: ENDPOINT }],
      has_more: false,
      next_cursor: null,
    });
  });
});

describe("GET /v1/deliveries", () => {
  it("asks for what the query names, and goes on where its cursor says", async () => {
    const { get, queries } = setup([deliveryOf()]);
    const filter = `status=failed&endpoint=${ENDPOINT}&created_after=2026-03-01T00:00:00Z`;

    const first = await get(`/v1/deliveries?${filter}&limit=1`);
    const { next_cursor } = first.body as { next_cursor: string };
    await get(`/v1/deliveries?after=${next_cursor}`);

    expect(first.body).toMatchObject({ data: [presented], has_more: true });
    expect(queries).toMatchObject([
      { tenant: TENANT, status: "failed", endpointId: ENDPOINT, limit: 1, after: null },
      { tenant: TENANT, status: null, endpointId: null, after: `1772366400000:${eventId}` },
    ]);
    expect(queries[0]?.createdAfter).toEqual(new Date("2026-03-01T00:00:00Z"));
  });

  it.each([
    ["status=lost", 400, { param: "status", code: "invalid_request" }],
    ["endpoint=mine", 400, { param: "endpoint", code: "invalid_request" }],
    ["after=bm90aGluZw", 400, { param: "after", code: "invalid_cursor" }],
    ["created_after=yesterday", 400, { param: "created_after", code: "invalid_request" }],
    ["limit=0", 400, { param: "limit", code: "invalid_request" }],
    ["cursor=x", 400, { param: "cursor", code: "invalid_request" }],
    [`endpoint=${ENDPOINT}`, 404, { param: "endpoint", code: "endpoint_not_found" }],
  ])("refuses %s", async (query, status, error) => {
    const { get } = setup([]);

    const response = await get(`/v1/deliveries?${query}`);

    expect(response.status).toBe(status);
    expect(response.body).toMatchObject({ error });
  });
});

describe("POST /v1/deliveries/:delivery_id/redeliver", () => {
  it.each(["failed", "delivered"] as const)("sends one that is %s again", async (status) => {
    const { post, sentAgain } = setup([deliveryOf({ status })]);

    const response = await post(`/v1/deliveries/${eventId}/redeliver`);

    expect(response.status).toBe(202);
    expect(response.body).toMatchObject({ delivery_id: eventId, event_id: eventId });
    expect(sentAgain).toEqual([eventId]);
  });

  it.each([
    ["pending", "delivery_pending"],
    ["parked", "delivery_parked"],
  ] as const)("refuses one that is %s", async (status, code) => {
    const { post, sentAgain } = setup([deliveryOf({ status })]);

    const response = await post(`/v1/deliveries/${eventId}/redeliver`);

    expect(response.status).toBe(409);
    expect(response.body).toMatchObject({ error: { code, param: "delivery_id" } });
    expect(sentAgain).toEqual([]);
  });

  it("sends one that is parked, once its endpoint is enabled", async () => {
    const { post, sentAgain } = setup([deliveryOf({ status: "parked" })], { isEnabled: true });

    const response = await post(`/v1/deliveries/${eventId}/redeliver`);

    expect(response.status).toBe(202);
    expect(sentAgain).toEqual([eventId]);
  });

  it.each(["evt_1", eventId])(
    "knows nothing of another tenant's, nor of a name that is none: %s",
    async (id) => {
      const { post, sentAgain } = setup([deliveryOf({ tenant: "rival" })]);

      const response = await post(`/v1/deliveries/${id}/redeliver`);

      expect(response.status).toBe(404);
      expect(response.body).toMatchObject({ error: { code: "delivery_not_found", param: "delivery_id" } });
      expect(sentAgain).toEqual([]);
    },
  );

  it("is not for viewers", async () => {
    const { as, addKey, sentAgain } = setup([deliveryOf()]);

    const response = await as(addKey("viewer")).post(`/v1/deliveries/${eventId}/redeliver`);

    expect(response.status).toBe(403);
    expect(sentAgain).toEqual([]);
  });
});

describe("POST /v1/jobs/:job_id/redeliver", () => {
  it("sends the job's event again to everybody that it was settled with", async () => {
    const parked = deliveryOf({ deliveryId: `${eventId}.${ENDPOINT}`, status: "parked" });
    const { post, sentAgain } = setup([deliveryOf(), parked]);

    const response = await post(`/v1/jobs/${job.id}/redeliver`);

    expect(response.status).toBe(202);
    expect(response.body).toMatchObject({ data: [{ delivery_id: eventId }, { status: "parked" }] });
    expect(sentAgain).toEqual([eventId]);
  });

  it("refuses a job without an event", async () => {
    const { post } = setup([]);

    const response = await post(`/v1/jobs/${job.id}/redeliver`);

    expect(response.status).toBe(409);
    expect(response.body).toMatchObject({ error: { code: "no_event", param: "job_id" } });
  });
});
