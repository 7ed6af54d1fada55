import { describe, expect, it } from "@jest/globals";
import type { Recovery, RecoveryRequest } from "@herald/webhooks/recovery/recovery-store";
import { NOW, TENANT } from "../testing/fake-job.ts";
import { setupApp } from "../testing/setup-app.ts";

const ID = "rec_019ab0c1-0000-7000-8000-000000000000";
const ENDPOINT = "we_019ab0c1-0000-7000-8000-000000000000";
const SINCE = "2026-03-01T10:00:00.000Z";

/** The app over one recovery, which `request` begins. */
function setup() {
  let recovery: Recovery | null = null;
  const requests: RecoveryRequest[] = [];
  const app = setupApp({
    recoveries: {
      start(request, now) {
        requests.push(request);
        const begun = { finishedAt: null, after: null, redelivered: 0, skipped: 0 };
        recovery = { ...request, ...begun, recoveryId: ID, status: "running", createdAt: now };
        return Promise.resolve(recovery);
      },
      find: ({ tenant }) => Promise.resolve(recovery?.tenant === tenant ? recovery : null),
      end({ status, now }) {
        if (recovery?.status !== "running") return Promise.resolve("stale");
        recovery = { ...recovery, status, finishedAt: now };
        return Promise.resolve("applied");
      },
    },
  });
  const as = (key: string) => ({
    post: (body: object) => app.api.post("/v1/deliveries/recover").auth(key, { type: "bearer" }).send(body),
    get: (id = ID) => app.api.get(`/v1/deliveries/recover/${id}`).auth(key, { type: "bearer" }),
    cancel: () => app.api.delete(`/v1/deliveries/recover/${ID}`).auth(key, { type: "bearer" }),
  });
  return { ...as(app.key), as, addKey: app.addKey, requests };
}

describe("POST /v1/deliveries/recover", () => {
  it("begins with what failed since then, up to now, and says where to ask for its progress", async () => {
    const { post, get, requests } = setup();

    const response = await post({ created_after: SINCE });

    expect(response.status).toBe(202);
    expect(response.headers["location"]).toBe(`/v1/deliveries/recover/${ID}`);
    expect(requests).toEqual([
      {
        tenant: TENANT,
        deliveryStatus: "failed",
        endpointId: null,
        createdAfter: new Date(SINCE),
        createdBefore: NOW,
      },
    ]);
    expect((await get()).body).toEqual({
      recovery_id: ID,
      status: "running",
      created_at: NOW.toISOString(),
      finished_at: null,
      filter: {
        created_after: SINCE,
        created_before: NOW.toISOString(),
        status: "failed",
        endpoint: null,
      },
      progress: { redelivered: 0, skipped: 0, reached: null },
    });
  });

  it.each(["failed", "delivered", "parked"] as const)("may be of what is %s", async (status) => {
    const { post, requests } = setup();

    const response = await post({ created_after: SINCE, status });

    expect(response.status).toBe(202);
    expect(requests).toMatchObject([{ deliveryStatus: status }]);
  });

  it.each([
    [{}, 400, "created_after"],
    [{ created_after: SINCE, created_before: SINCE }, 400, "created_after"],
    [{ created_after: "2026-03-02T00:00:00Z" }, 400, "created_after"],
    [{ created_after: SINCE, created_before: "soon" }, 400, "created_before"],
    [{ created_after: SINCE, status: "pending" }, 400, "status"],
    [{ created_after: SINCE, endpoint: "mine" }, 400, "endpoint"],
    [{ created_after: SINCE, endpoint: ENDPOINT }, 404, "endpoint"],
    [{ created_after: SINCE, all: true }, 400, "all"],
  ])("refuses %j", async (body, status, param) => {
    const { post, requests } = setup();

    const response = await post(body);

    expect(response.status).toBe(status);
    expect(response.body).toMatchObject({ error: { param } });
    expect(requests).toEqual([]);
  });

  it("is not for viewers, and of one tenant alone", async () => {
    const { post, as, addKey, requests } = setup();

    expect((await as(addKey("viewer")).post({ created_after: SINCE })).status).toBe(403);
    expect(requests).toEqual([]);
    await post({ created_after: SINCE });
    expect((await as(addKey("consumer", "rival")).get()).status).toBe(404);
  });
});

describe("DELETE /v1/deliveries/recover/:recovery_id", () => {
  it("cancels it, as often as it is asked to", async () => {
    const { post, cancel, get } = setup();
    await post({ created_after: SINCE });

    expect((await cancel()).body).toMatchObject({ status: "cancelled", finished_at: NOW.toISOString() });
    expect((await cancel()).body).toMatchObject({ status: "cancelled" });
    expect((await get("rec_1")).body).toMatchObject({
      error: { code: "recovery_not_found", param: "recovery_id" },
    });
  });
});
