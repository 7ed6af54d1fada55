import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { openTestStore, TENANT, type TestStore } from "../../../../tests/support/test-store.ts";
import { createSealer, encryptionKeyId } from "@herald/shared/signing/sealer";
import { checkEncryption } from "../signing-keys/encryption-check.ts";
import { createEndpointStore, MAX_ENDPOINTS } from "./endpoint-store.ts";

const NOW = new Date("2026-03-01T12:00:00Z");
let store: TestStore;

beforeEach(() => {
  store = openTestStore();
});
afterEach(() => store.close());

describe("a tenant's endpoints", () => {
  it("are read as they were made, oldest first, and by nobody else", async () => {
    const first = await store.addEndpoint({ description: "the first" });
    const second = await store.addEndpoint({ enabled: false });
    await store.addEndpoint({ tenant: "umbrella" });

    expect(await store.endpoints.list(TENANT)).toEqual([first, second]);
    expect(await store.endpoints.find(TENANT, first.endpointId)).toEqual(first);
    expect(await store.endpoints.find("umbrella", first.endpointId)).toBeNull();
  });

  it("are at most twenty, however many are asked for at once", async () => {
    const made = await Promise.allSettled(
      Array.from({ length: MAX_ENDPOINTS + 5 }, () => store.addEndpoint()),
    );

    expect(made.filter(({ status }) => status === "rejected")).toHaveLength(5);
    expect(await store.endpoints.list(TENANT)).toHaveLength(MAX_ENDPOINTS);
    await expect(store.addEndpoint()).rejects.toMatchObject({
      code: "too_many_endpoints",
      param: "url",
    });
  });

  it("are removed once, and only by their tenant", async () => {
    const { endpointId } = await store.addEndpoint();

    expect(await store.endpoints.remove("umbrella", endpointId, NOW)).toBe("missing");
    expect(await store.endpoints.remove(TENANT, endpointId, NOW)).toBe("removed");
    expect(await store.endpoints.remove(TENANT, endpointId, NOW)).toBe("missing");
    expect(await store.endpoints.list(TENANT)).toEqual([]);
  });
});

describe("an endpoint's headers", () => {
  const headers = { Authorization: "Bearer letmein", "X-Gateway": "42" };
  const counts = () => store.redis.hvals(store.keys.sealedSecrets);
  const stored = (endpointId: string) => store.redis.hgetall(store.keys.endpoint(TENANT, endpointId));

  it("are kept sealed, and counted among the secrets that need their encryption key", async () => {
    const { endpointId } = await store.addEndpoint({ headers });

    expect((await store.endpoints.find(TENANT, endpointId))?.headers).toEqual(headers);
    expect(JSON.stringify(await stored(endpointId))).not.toContain("letmein");
    expect(await counts()).toEqual(["1"]);
  });

  it("are counted once when they change, and no more once they are gone", async () => {
    const first = await store.addEndpoint({ headers });
    const second = await store.addEndpoint({ headers });

    await store.endpoints.update(TENANT, first.endpointId, { headers: { "X-Gateway": "43" } });
    expect(await counts()).toEqual(["2"]);

    await store.endpoints.update(TENANT, first.endpointId, { headers: {} });
    await store.endpoints.remove(TENANT, second.endpointId, NOW);
    expect(await counts()).toEqual([]);
  });

  it("are sealed again after a change of the encryption key, so that the earlier one can go", async () => {
    const [OLD, NEW] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    const withKeys = (encryptionKeys: Buffer[]) =>
      createEndpointStore({ ...store, sealer: createSealer(encryptionKeys) });
    const made = [await store.addEndpoint({ headers }), await store.addEndpoint({ headers, enabled: false })];
    await store.addEndpoint();

    expect(await withKeys([NEW, OLD]).reseal()).toBe(2);
    expect(await withKeys([NEW, OLD]).reseal()).toBe(0);

    for (const { endpointId } of made) {
      expect((await withKeys([NEW]).find(TENANT, endpointId))?.headers).toEqual(headers);
    }
    expect(await store.redis.hgetall(store.keys.sealedSecrets)).toEqual({ [encryptionKeyId(NEW)]: "2" });
  });

  it("that their tenant changes while they are sealed again stay as the tenant wants them", async () => {
    const sealer = createSealer([Buffer.alloc(32, 2), Buffer.alloc(32, 1)]);
    const { endpointId } = await store.addEndpoint({ headers });
    const meddling = {
      ...sealer,
      open(sealed: string, boundTo: string) {
        void store.endpoints.update(TENANT, endpointId, { headers: { "X-New": "1" } });
        return sealer.open(sealed, boundTo);
      },
    };

    await createEndpointStore({ ...store, sealer: meddling }).reseal();

    expect((await createEndpointStore({ ...store, sealer }).find(TENANT, endpointId))?.headers).toEqual({
      "X-New": "1",
    });
  });

  it("do not let a process start that lacks the key that they are sealed with", async () => {
    await store.addEndpoint({ headers });
    const { first } = checkEncryption({ ...store, sealer: createSealer([Buffer.alloc(32, 2)]) });

    await expect(first).rejects.toThrow(`sealed with ${encryptionKeyId(Buffer.alloc(32, 1))}`);
  });

  it("do not open as another endpoint's", async () => {
    const { endpointId } = await store.addEndpoint({ headers });
    const other = await store.addEndpoint();
    const { headers: sealed = "" } = await stored(endpointId);

    await store.redis.hset(store.keys.endpoint(TENANT, other.endpointId), "headers", sealed);

    await expect(store.endpoints.find(TENANT, other.endpointId)).rejects.toThrow();
  });
});

describe("changing an endpoint", () => {
  it("leaves what is not named as it was", async () => {
    const endpoint = await store.addEndpoint({ description: "before", retryDelaysMs: [5000] });

    expect(await store.endpoints.update(TENANT, endpoint.endpointId, { description: "after" })).toBe(
      "updated",
    );

    expect(await store.endpoints.find(TENANT, endpoint.endpointId)).toEqual({
      ...endpoint,
      description: "after",
    });
  });

  it("says why it is disabled, and forgets that when it is enabled", async () => {
    const { endpointId } = await store.addEndpoint();
    const standing = async () => {
      const endpoint = await store.endpoints.find(TENANT, endpointId);
      return [endpoint?.enabled, endpoint?.disabledReason];
    };

    await store.endpoints.update(TENANT, endpointId, { enabled: false });
    expect(await standing()).toEqual([false, "paused"]);

    await store.endpoints.update(TENANT, endpointId, { enabled: true });
    expect(await standing()).toEqual([true, null]);
  });

  it("that is gone brings no half of it back", async () => {
    const { endpointId } = await store.addEndpoint();
    await store.endpoints.remove(TENANT, endpointId, NOW);

    expect(await store.endpoints.update(TENANT, endpointId, { description: "x" })).toBe("missing");
    expect(await store.redis.exists(store.keys.endpoint(TENANT, endpointId))).toBe(0);
  });
});
