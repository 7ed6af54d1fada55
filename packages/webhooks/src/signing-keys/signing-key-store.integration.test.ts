import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { openTestDeployment, type TestDeployment } from "../../../../tests/support/test-redis.ts";
import type { KeyOwner } from "@herald/platform/redis/keys";
import { createSealer, encryptionKeyId, type Sealer } from "@herald/shared/signing/sealer";
import { checkEncryption } from "./encryption-check.ts";
import { createSigningKeyStore, type SigningKeyStore } from "./signing-key-store.ts";

const OLD = Buffer.alloc(32, 1);
const NEW = Buffer.alloc(32, 2);
const GIVEN = Buffer.alloc(24, 3);
const NOW = new Date("2026-01-02T03:04:05Z");
const HOUR_MS = 3_600_000;
const later = (ms: number) => new Date(NOW.getTime() + ms);
const ACME = { tenant: "acme" };
const ENDPOINT = { tenant: "acme", endpointId: "we_1" };

let deployment: TestDeployment;
beforeEach(() => {
  deployment = openTestDeployment();
});
afterEach(() => deployment.close());

function storeWith(encryptionKeys: readonly Buffer[], firstSecret?: Buffer): SigningKeyStore {
  const { redis, keys } = deployment;
  return createSigningKeyStore({ redis, keys, sealer: createSealer(encryptionKeys), firstSecret });
}
const secretsOf = async (store: SigningKeyStore, owner: KeyOwner = ACME, now = NOW) =>
  (await store.live(owner, now)).map(({ secret }) => secret.toString("hex"));
const rotation = { version: "v1", overlapMs: HOUR_MS, now: NOW } as const;
const counts = () => deployment.redis.hgetall(deployment.keys.sealedSecrets);

describe("signing keys", () => {
  it("of a tenant begin with one of 32 random bytes, made when first needed and the same ever after", async () => {
    const [first, again, other] = [
      await secretsOf(storeWith([OLD])),
      await secretsOf(storeWith([OLD])),
      await secretsOf(storeWith([OLD]), { tenant: "rival" }),
    ];

    expect(first).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it("that twenty processes need at once are one key", async () => {
    const stores = Array.from({ length: 20 }, () => storeWith([OLD]));

    const seen = await Promise.all(stores.map((store) => secretsOf(store)));

    expect(new Set(seen.flat()).size).toBe(1);
  });

  it("of the first tenant begin with the secret that its receivers have, and no other tenant's do", async () => {
    const store = storeWith([OLD], GIVEN);

    expect(await secretsOf(store, { tenant: "default" })).toEqual([GIVEN.toString("hex")]);
    expect(await secretsOf(store)).not.toEqual([GIVEN.toString("hex")]);
  });

  it("let the given secret go on through an overlap when the first thing asked is a rotation", async () => {
    const store = storeWith([OLD], GIVEN);
    const owner = { tenant: "default" };

    const { key, previousExpiresAt } = await store.rotate(owner, rotation);

    expect(previousExpiresAt).toEqual(later(HOUR_MS));
    expect(await secretsOf(store, owner)).toEqual(
      [key.secret, GIVEN].map((secret) => secret.toString("hex")),
    );
    expect(await secretsOf(store, owner, later(HOUR_MS))).toEqual([key.secret.toString("hex")]);
  });

  it("are all handed out and all sign when they are rotated at once", async () => {
    const store = storeWith([OLD]);
    await store.list(ACME, NOW);

    const answers = await Promise.all(Array.from({ length: 4 }, () => store.rotate(ACME, rotation)));

    expect(await secretsOf(store)).toEqual(
      expect.arrayContaining(answers.map(({ key }) => key.secret.toString("hex"))),
    );
    await expect(store.rotate(ACME, rotation)).rejects.toMatchObject({ code: "too_many_webhook_keys" });
  });

  it("of an endpoint are its tenant's until it has its own, and again once those are removed", async () => {
    const store = storeWith([OLD]);
    const tenants = await secretsOf(store);
    expect(await secretsOf(store, ENDPOINT)).toEqual(tenants);

    const { key, previousExpiresAt } = await store.rotate(ENDPOINT, { ...rotation, secret: GIVEN });

    expect(previousExpiresAt).toBeNull();
    expect(key.secret).toEqual(GIVEN);
    expect(await secretsOf(store, ENDPOINT)).toEqual([GIVEN.toString("hex")]);
    expect(await secretsOf(store)).toEqual(tenants);
    await store.remove(ENDPOINT);
    expect(await secretsOf(store, ENDPOINT)).toEqual(tenants);
  });

  it("of an endpoint are rotated like its tenant's, which stay as they are", async () => {
    const store = storeWith([OLD]);
    const tenants = await secretsOf(store);
    const { key: first } = await store.rotate(ENDPOINT, rotation);

    const { key: second, previousExpiresAt } = await store.rotate(ENDPOINT, rotation);
    await store.rotate(ENDPOINT, { ...rotation, version: "v1a" });

    const [old, next] = [first, second].map(({ secret }) => secret.toString("hex"));
    const v1Of = async (now: Date) =>
      (await store.live(ENDPOINT, now))
        .filter(({ version }) => version === "v1")
        .map(({ secret }) => secret.toString("hex"));
    expect(previousExpiresAt).toEqual(later(HOUR_MS));
    expect(await v1Of(NOW)).toEqual([next, old]);
    expect(await v1Of(later(HOUR_MS))).toEqual([next]);
    expect((await store.list(ENDPOINT, NOW)).map(({ version }) => version)).toContain("v1a");
    expect(await secretsOf(store)).toEqual(tenants);
  });

  it("gain an ed25519 pair beside the secret, of which only the public half is shown", async () => {
    const store = storeWith([OLD]);

    const { key } = await store.rotate(ACME, { ...rotation, version: "v1a" });

    expect((await store.list(ACME, NOW)).map(({ version, publicKey }) => [version, publicKey])).toEqual([
      ["v1", null],
      ["v1a", key.publicKey],
    ]);
    expect(key.publicKey).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/);
  });

  it("are nowhere in Redis as they are", async () => {
    const { key } = await storeWith([OLD]).rotate(ACME, rotation);
    const stored = (await deployment.redis.get(deployment.keys.signingKeys(ACME))) ?? "";

    for (const encoding of ["hex", "base64", "base64url"] as const) {
      expect(stored).not.toContain(key.secret.toString(encoding));
    }
  });

  it("do not open when somebody with access to Redis gives one tenant's to another", async () => {
    const store = storeWith([OLD]);
    const { redis, keys } = deployment;
    await store.list(ACME, NOW);
    await redis.copy(keys.signingKeys(ACME), keys.signingKeys({ tenant: "rival" }));

    await expect(store.live({ tenant: "rival" }, NOW)).rejects.toThrow();
  });
});

describe("a change of ENCRYPTION_KEY", () => {
  it("leaves every secret as it is, and needs the earlier key no more once all are sealed anew", async () => {
    const old = storeWith([OLD]);
    await old.rotate(ENDPOINT, rotation);
    const before = [await secretsOf(old), await secretsOf(old, ENDPOINT)];

    const both = storeWith([NEW, OLD]);
    expect(await both.reseal(NOW)).toBe(2);
    expect(await both.reseal(NOW)).toBe(0);

    const now = storeWith([NEW]);
    expect([await secretsOf(now), await secretsOf(now, ENDPOINT)]).toEqual(before);
    expect(await counts()).toEqual({ [encryptionKeyId(NEW)]: "2" });
  });

  it("forgets what has expired instead of sealing it again", async () => {
    const old = storeWith([OLD]);
    await old.list(ACME, NOW);
    await old.rotate(ACME, rotation);

    expect(await storeWith([NEW, OLD]).reseal(later(HOUR_MS))).toBe(1);
  });

  it("is counted exactly, so that the last secret to go takes the key's id with it", async () => {
    const store = storeWith([OLD]);
    await store.rotate(ENDPOINT, rotation);
    await store.rotate(ENDPOINT, rotation);
    expect(await counts()).toEqual({ [encryptionKeyId(OLD)]: "2" });

    await store.remove(ENDPOINT);

    expect(await counts()).toEqual({});
    expect(await deployment.redis.smembers(deployment.keys.signingKeyOwners)).toEqual([]);
  });
});

describe("checkEncryption", () => {
  const check = (sealer: Sealer) =>
    checkEncryption({ redis: deployment.redis, keys: deployment.keys, sealer });

  it("lets pass a Redis without secrets, and one whose secrets all open", async () => {
    await expect(check(createSealer([NEW])).first).resolves.toBeUndefined();
    await storeWith([OLD]).list(ACME, NOW);

    await expect(check(createSealer([NEW, OLD])).first).resolves.toBeUndefined();
  });

  it("refuses one with a secret that does not, and names the key that is missing", async () => {
    await storeWith([OLD]).list(ACME, NOW);
    const { first, failed } = check(createSealer([NEW]));

    await expect(first).rejects.toThrow(
      new RegExp(`ENCRYPTION_KEY: .*sealed with ${encryptionKeyId(OLD)}.*given is ${encryptionKeyId(NEW)}`),
    );
    await expect(failed).resolves.toBeInstanceOf(Error);
  });
});
