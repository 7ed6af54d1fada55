import { describe, expect, it } from "@jest/globals";
import { hashApiKey, isApiKey } from "@herald/shared/signing/api-key";
import type { Role } from "../api-keys/api-key-store.ts";
import { setupApp } from "../testing/setup-app.ts";

function setup(role: Role = "admin") {
  const { api, addKey, keys } = setupApp();
  const caller = addKey(role);
  const as = <T extends { auth: (key: string, how: { type: "bearer" }) => T }>(call: T): T =>
    call.auth(caller, { type: "bearer" });
  const idOf = (key: string): string => keys.get(hashApiKey(key))?.keyId ?? "";
  return { api, as, addKey, keys, caller, idOf };
}

const NO_LIMITS = {
  requests_per_minute: null,
  characters_per_minute: null,
  max_pending_jobs: null,
  characters_per_month: null,
};

describe("POST /v1/keys", () => {
  it("answers the key once and keeps only its hash", async () => {
    const { api, as, keys } = setup();

    const response = await as(api.post("/v1/keys")).send({ tenant: "beta", role: "consumer", name: "ci" });

    expect(response.status).toBe(201);
    expect(response.body).toEqual({
      key_id: expect.stringMatching(/^key_/),
      tenant: "beta",
      role: "consumer",
      name: "ci",
      limits: NO_LIMITS,
      created_at: "2026-03-01T12:00:00.000Z",
      last_used_at: null,
      key: expect.any(String),
    });
    const { key } = response.body as { key: string };
    expect(isApiKey(key)).toBe(true);
    expect(keys.has(hashApiKey(key))).toBe(true);
    expect(JSON.stringify([...keys])).not.toContain(key);
  });

  it("gives the key limits of its own", async () => {
    const { api, as, keys } = setup();
    const limits = { requests_per_minute: 30, characters_per_month: 1_000_000 };

    const response = await as(api.post("/v1/keys")).send({ tenant: "beta", role: "consumer", limits });

    expect(response.status).toBe(201);
    expect(response.body).toMatchObject({ limits: { ...NO_LIMITS, ...limits } });
    const { key } = response.body as { key: string };
    expect(keys.get(hashApiKey(key))?.limits).toEqual({ requestsPerMinute: 30, charsPerMonth: 1_000_000 });
  });

  it.each([
    [{ role: "consumer" }, "tenant"],
    [{ tenant: "Beta", role: "consumer" }, "tenant"],
    [{ tenant: "-beta", role: "consumer" }, "tenant"],
    [{ tenant: "a:b", role: "consumer" }, "tenant"],
    [{ tenant: "a\n", role: "consumer" }, "tenant"],
    [{ tenant: "x".repeat(64), role: "consumer" }, "tenant"],
    [{ tenant: "beta" }, "role"],
    [{ tenant: "beta", role: "root" }, "role"],
    [{ tenant: "beta", role: "consumer", name: "x".repeat(101) }, "name"],
    [{ tenant: "beta", role: "consumer", key: "hk_mine" }, "key"],
    [{ tenant: "beta", role: "consumer", limits: { requests_per_minute: 0 } }, "limits.requests_per_minute"],
    [{ tenant: "beta", role: "consumer", limits: { max_pending_jobs: 1.5 } }, "limits.max_pending_jobs"],
    [{ tenant: "beta", role: "consumer", limits: { requests: 5 } }, "limits.requests"],
    [{ tenant: "beta", role: "consumer", limits: { max_pending_jobs: 1001 } }, "limits.max_pending_jobs"],
    [
      { tenant: "beta", role: "consumer", limits: { characters_per_minute: 11, characters_per_month: 10 } },
      "limits.characters_per_minute",
    ],
    [
      { tenant: "beta", role: "consumer", limits: { requests_per_minute: 11, characters_per_minute: 10 } },
      "limits.requests_per_minute",
    ],
    [
      { tenant: "beta", role: "consumer", limits: { requests_per_minute: 11, characters_per_month: 10 } },
      "limits.requests_per_minute",
    ],
  ])("answers 400 to %j and makes no key", async (body, param) => {
    const { api, as, keys } = setup();
    const before = keys.size;

    const response = await as(api.post("/v1/keys")).send(body);

    expect(response.status).toBe(400);
    expect(response.body).toMatchObject({ error: { code: "invalid_request", param } });
    expect(keys.size).toBe(before);
  });
});

describe("GET /v1/keys", () => {
  it("lists the keys of every tenant, without the keys", async () => {
    const { api, as, addKey, idOf } = setup();
    const other = addKey("consumer", "other");

    const response = await as(api.get("/v1/keys"));

    expect(response.status).toBe(200);
    expect((response.body as { data: object[] }).data).toContainEqual({
      key_id: idOf(other),
      tenant: "other",
      role: "consumer",
      name: "",
      limits: NO_LIMITS,
      created_at: "2026-03-01T12:00:00.000Z",
      last_used_at: null,
    });
    expect(response.text).not.toContain("hk_");
  });
});

describe("DELETE /v1/keys/:key_id", () => {
  it("lets nobody in with that key any more", async () => {
    const { api, as, addKey, idOf } = setup();
    const other = addKey("consumer");

    const response = await as(api.delete(`/v1/keys/${idOf(other)}`));

    expect(response.status).toBe(204);
    expect((await api.get("/v1/voices").auth(other, { type: "bearer" })).status).toBe(401);
  });

  it("answers 404 for a key that is not there", async () => {
    const { api, as } = setup();

    const response = await as(api.delete("/v1/keys/key_nobody"));

    expect(response.status).toBe(404);
    expect(response.body).toMatchObject({ error: { code: "key_not_found", param: "key_id" } });
  });

  it("keeps the last admin key, without which nobody could make another", async () => {
    const { api, as, keys, caller, idOf } = setup();

    const response = await as(api.delete(`/v1/keys/${idOf(caller)}`));

    expect(response.status).toBe(409);
    expect(response.body).toMatchObject({ error: { code: "last_admin_key", param: "key_id" } });
    expect(keys.has(hashApiKey(caller))).toBe(true);
  });

  it("lets an admin remove its own key while there is another admin", async () => {
    const { api, as, addKey, caller, idOf } = setup();
    addKey("admin", "other");

    expect((await as(api.delete(`/v1/keys/${idOf(caller)}`))).status).toBe(204);
  });
});

describe("keys are managed by admins only", () => {
  it.each(["consumer", "viewer", "operator"] as const)("a %s is answered 403", async (role) => {
    const { api, as, keys } = setup(role);
    const before = keys.size;

    const answers = [
      await as(api.get("/v1/keys")),
      await as(api.post("/v1/keys")).send({ tenant: "beta", role: "admin" }),
      await as(api.delete("/v1/keys/key_1")),
    ];

    for (const { status, body } of answers) {
      expect(status).toBe(403);
      expect(body).toMatchObject({ error: { code: "admin_only", type: "permission_error" } });
    }
    expect(keys.size).toBe(before);
  });
});
