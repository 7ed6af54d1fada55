import { describe, expect, it } from "@jest/globals";
import type { SigningKey } from "@herald/shared/signing";
import type { RotationRequest, SigningKeyStore } from "@herald/shared/store";
import type { KeyOwner } from "@herald/shared/redis";
import { AppError } from "@herald/shared/errors";
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

function setup(failure?: AppError) {
  const rotations: { owner: KeyOwner; request: RotationRequest }[] = [];
  const signingKeys: Pick<SigningKeyStore, "list" | "rotate" | "remove"> = {
    remove: () => Promise.resolve(),
    list: (owner) => Promise.resolve(owner.tenant === TENANT ? [KEY] : []),
    rotate(owner, request) {
      rotations.push({ owner, request });
      if (failure !== undefined) return Promise.reject(failure);
      const publicKey = request.version === "v1a" ? "whpk_public" : null;
      const key = { ...KEY, version: request.version, publicKey, secret: SECRET };
      return Promise.resolve({ key, previousExpiresAt: END });
    },
  };
  const { api, key, addKey } = setupApp({ signingKeys });
  const rotate = (body: object, caller = key) =>
    api.post("/v1/webhook-keys/rotate").auth(caller, { type: "bearer" }).send(body);
  return { api, key, addKey, rotate, rotations };
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

  it.each([
    [{ overlap_hours: -1 }, "overlap_hours"],
    [{ overlap_hours: 168.01 }, "overlap_hours"],
    [{ overlap_hours: "24" }, "overlap_hours"],
    [{ overlap_hours: null }, "overlap_hours"],
    [{ version: "v2" }, "version"],
    [{ overlap: 1 }, "overlap"],
    [{ tenant: "rival" }, "tenant"],
  ])("answers 400 to %j and changes no key", async (body, param) => {
    const { rotate, rotations } = setup();

    const response = await rotate(body);

    expect(response.status).toBe(400);
    expect(response.body).toMatchObject({ error: { code: "invalid_request", param } });
    expect(rotations).toEqual([]);
  });

  it("answers 409 when too many keys are live", async () => {
    const { rotate } = setup(new AppError("too_many_webhook_keys", "wait", { param: "overlap_hours" }));

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
    const { api, key } = setup();

    const response = await api.get("/v1/webhook-keys").auth(key, { type: "bearer" });

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
    const { api, addKey } = setup();

    const response = await api.get("/v1/webhook-keys").auth(addKey("consumer", "rival"), { type: "bearer" });

    expect(response.body).toEqual({ data: [] });
  });
});
