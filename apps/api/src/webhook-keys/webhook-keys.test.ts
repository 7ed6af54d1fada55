import { describe, expect, it } from "@jest/globals";
import type { SigningKey } from "@herald/shared/signing/key-rotation";
import type { RotationRequest, SigningKeyStore } from "@herald/webhooks/signing-keys/signing-key-store";
import type { KeyOwner } from "@herald/platform/redis/keys";
import { AppError } from "@herald/shared/errors";
import { fakeEndpoints } from "../testing/fake-endpoints.ts";
import { NOW, TENANT } from "../testing/fake-job.ts";
import { setupApp } from "../testing/setup-app.ts";

const SECRET = Buffer.alloc(32, 7);
const KEY: SigningKey = {
  keyId: "whk_1",
  version: "v1",
  sealed: "sealed-text",
  publicKey: null,
  createdAt: NOW.getTime(),
  expiresAt: null,
};
const END = new Date("2026-03-02T12:00:00Z");
const ENDPOINT_ID = "we_019ab0c1-5f5e-7d3a-9c41-2f6f0c1d2e3a";
const RIVALS_ENDPOINT_ID = "we_019ab0c1-5f5e-7d3a-9c41-2f6f0c1d2e3b";
const ENDPOINT_KEY: SigningKey = { ...KEY, keyId: "whk_2" };

function setup({
  failure,
  isDeletedMeanwhile = false,
}: { failure?: AppError; isDeletedMeanwhile?: boolean } = {}) {
  const rotations: { owner: KeyOwner; request: RotationRequest }[] = [];
  const removed: KeyOwner[] = [];
  const endpoints = fakeEndpoints();
  const fields = { url: "https://x.example", events: [], description: "", headers: {} };
  const addEndpoint = (endpointId: string, tenant: string) =>
    endpoints.create({ ...fields, endpointId, tenant, retryDelaysMs: null, enabled: true, now: NOW });
  void addEndpoint(ENDPOINT_ID, TENANT);
  void addEndpoint(RIVALS_ENDPOINT_ID, "rival");
  const signingKeys: Pick<SigningKeyStore, "list" | "rotate" | "remove"> = {
    remove(owner) {
      removed.push(owner);
      return Promise.resolve();
    },
    list({ tenant, endpointId }) {
      if (tenant !== TENANT) return Promise.resolve([]);
      return Promise.resolve([endpointId === undefined ? KEY : ENDPOINT_KEY]);
    },
    async rotate(owner, request) {
      rotations.push({ owner, request });
      if (isDeletedMeanwhile) await endpoints.remove(TENANT, ENDPOINT_ID, NOW);
      if (failure !== undefined) throw failure;
      const publicKey = request.version === "v1a" ? "whpk_public" : null;
      const key = { ...KEY, version: request.version, publicKey, secret: SECRET };
      return { key, previousExpiresAt: END };
    },
  };
  const { api, key, addKey } = setupApp({ signingKeys, endpoints });
  const rotate = (body: object, caller = key) =>
    api.post("/v1/webhook-keys/rotate").auth(caller, { type: "bearer" }).send(body);
  const list = (query = "", caller = key) =>
    api.get(`/v1/webhook-keys${query}`).auth(caller, { type: "bearer" });
  return { addKey, rotate, list, rotations, removed };
}

describe("POST /v1/webhook-keys/rotate", () => {
  it("answers the new secret, this once, and when the old one ends", async () => {
    const { rotate, rotations } = setup();

    const response = await rotate({ overlap_hours: 24 });

    expect(response.status).toBe(200);
    expect(response.body).toEqual({
      key_id: "whk_1",
      secret: `whsec_${SECRET.toString("base64")}`,
      previous_expires_at: "2026-03-02T12:00:00.000Z",
    });
    expect(response.headers["cache-control"]).toBe("no-store");
    expect(rotations).toEqual([
      { owner: { tenant: TENANT }, request: { version: "v1", overlapMs: 24 * 3_600_000, now: NOW } },
    ]);
  });

  it.each([
    [0, 0],
    [0.5, 1_800_000],
    [168, 604_800_000],
  ])("takes an overlap of %d hours", async (overlap_hours, overlapMs) => {
    const { rotate, rotations } = setup();

    expect((await rotate({ overlap_hours })).status).toBe(200);
    expect(rotations[0]?.request.overlapMs).toBe(overlapMs);
  });

  it("gives a day's overlap to whoever names none", async () => {
    const { rotate, rotations } = setup();

    await rotate({});

    expect(rotations[0]?.request.overlapMs).toBe(24 * 3_600_000);
  });

  it("answers of an ed25519 pair the public half alone", async () => {
    const { rotate } = setup();

    const response = await rotate({ version: "v1a" });

    expect(response.body).toEqual({
      key_id: "whk_1",
      public_key: "whpk_public",
      previous_expires_at: "2026-03-02T12:00:00.000Z",
    });
  });

  it.each(["v1", "v1a"] as const)("gives an endpoint another %s key of its own", async (version) => {
    const { rotate, rotations, removed } = setup();

    const response = await rotate({ endpoint_id: ENDPOINT_ID, overlap_hours: 1, version });

    expect(response.status).toBe(200);
    expect(rotations).toEqual([
      {
        owner: { tenant: TENANT, endpointId: ENDPOINT_ID },
        request: { version, overlapMs: 3_600_000, now: NOW },
      },
    ]);
    expect(removed).toEqual([]);
  });

  it.each(["we_019ab0c1-0000-7000-8000-000000000000", RIVALS_ENDPOINT_ID, "url_1", ""])(
    "answers 404 for the endpoint %j, which the tenant does not have",
    async (endpoint_id) => {
      const { rotate, rotations } = setup();

      const response = await rotate({ endpoint_id });

      expect(response.status).toBe(404);
      expect(response.body).toMatchObject({ error: { code: "endpoint_not_found", param: "endpoint_id" } });
      expect(rotations).toEqual([]);
    },
  );

  it("leaves no key behind for an endpoint that is deleted meanwhile", async () => {
    const { rotate, removed } = setup({ isDeletedMeanwhile: true });

    expect((await rotate({ endpoint_id: ENDPOINT_ID })).status).toBe(404);

    expect(removed).toEqual([{ tenant: TENANT, endpointId: ENDPOINT_ID }]);
  });

  it.each([
    [{ overlap_hours: -1 }, "overlap_hours"],
    [{ overlap_hours: 168.01 }, "overlap_hours"],
    [{ overlap_hours: "24" }, "overlap_hours"],
    [{ overlap_hours: null }, "overlap_hours"],
    [{ version: "v2" }, "version"],
    [{ overlap: 1 }, "overlap"],
    [{ tenant: "rival" }, "tenant"],
    [{ endpoint_id: 1 }, "endpoint_id"],
  ])("answers 400 to %j and changes no key", async (body, param) => {
    const { rotate, rotations } = setup();

    const response = await rotate(body);

    expect(response.status).toBe(400);
    expect(response.body).toMatchObject({ error: { code: "invalid_request", param } });
    expect(rotations).toEqual([]);
  });

  it("answers 409 when too many keys are live", async () => {
    const { rotate } = setup({
      failure: new AppError("too_many_webhook_keys", "wait", { param: "overlap_hours" }),
    });

    const response = await rotate({});

    expect(response.status).toBe(409);
    expect(response.body).toMatchObject({ error: { code: "too_many_webhook_keys", param: "overlap_hours" } });
  });

  it("is not for viewers", async () => {
    const { rotate, addKey, rotations } = setup();

    expect((await rotate({}, addKey("viewer"))).status).toBe(403);
    expect(rotations).toEqual([]);
  });
});

describe("GET /v1/webhook-keys", () => {
  it("lists the tenant's keys without anything secret", async () => {
    const { list } = setup();

    const response = await list();

    expect(response.body).toEqual({
      data: [
        {
          key_id: "whk_1",
          version: "v1",
          public_key: null,
          created_at: "2026-03-01T12:00:00.000Z",
          expires_at: null,
        },
      ],
    });
  });

  it("shows a tenant none of another's", async () => {
    const { list, addKey } = setup();

    const response = await list("", addKey("consumer", "rival"));

    expect(response.body).toEqual({ data: [] });
  });

  it("lists those of one endpoint", async () => {
    const { list } = setup();

    const response = await list(`?endpoint_id=${ENDPOINT_ID}`);

    expect(response.body).toMatchObject({ data: [{ key_id: ENDPOINT_KEY.keyId }] });
  });

  it.each([
    [`endpoint_id=${RIVALS_ENDPOINT_ID}`, 404, "endpoint_id"],
    ["endpoint_id=", 404, "endpoint_id"],
    [`endpoint_id=${ENDPOINT_ID}&endpoint_id=${ENDPOINT_ID}`, 400, "endpoint_id"],
    [`endpoint=${ENDPOINT_ID}`, 400, "endpoint"],
  ])("answers to ?%s with %i", async (query, status, param) => {
    const { list } = setup();

    const response = await list(`?${query}`);

    expect(response.status).toBe(status);
    expect(response.body).toMatchObject({ error: { param } });
  });
});
