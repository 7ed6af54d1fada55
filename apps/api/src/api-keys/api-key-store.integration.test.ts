import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { openTestDeployment, type TestDeployment } from "../../../../tests/support/test-redis.ts";
import { createApiKeyStore, type ApiKeyStore } from "./api-key-store.ts";

let deployment: TestDeployment;
let apiKeys: ApiKeyStore;

beforeEach(() => {
  deployment = openTestDeployment();
  apiKeys = createApiKeyStore(deployment.redis, deployment.keys);
});
afterEach(() => deployment.close());

const NOW = new Date("2026-03-01T12:00:00Z");
const newKey = (hash: string, now = NOW) =>
  ({ hash, tenant: "acme", role: "consumer", name: "ci", now }) as const;

describe("API keys", () => {
  it("are found by the hash they were made with, and listed oldest first", async () => {
    const second = await apiKeys.create(newKey("b", new Date(NOW.getTime() + 1)));
    const first = await apiKeys.create(newKey("a"));

    expect(first).toMatchObject({
      tenant: "acme",
      role: "consumer",
      name: "ci",
      createdAt: NOW,
      lastUsedAt: null,
    });
    expect(await apiKeys.findByHash("a")).toEqual(first);
    expect(await apiKeys.findByHash("c")).toBeNull();
    expect(await apiKeys.findById(first.keyId)).toEqual(first);
    expect(await apiKeys.findById("key_c")).toBeNull();
    expect(await apiKeys.list()).toEqual([first, second]);
  });

  it("that several processes bring at once are one key", async () => {
    const created = await Promise.all(Array.from({ length: 20 }, () => apiKeys.create(newKey("a"))));

    expect(new Set(created.map(({ keyId }) => keyId)).size).toBe(1);
    expect(await apiKeys.list()).toHaveLength(1);
  });

  it("are gone once removed, and using one does not bring it back", async () => {
    const { keyId } = await apiKeys.create(newKey("a"));

    expect(await apiKeys.remove(keyId)).toBe("removed");
    await apiKeys.touch("a", NOW);

    expect(await apiKeys.findByHash("a")).toBeNull();
    expect(await apiKeys.findById(keyId)).toBeNull();
    expect(await apiKeys.list()).toEqual([]);
    expect(await apiKeys.remove(keyId)).toBe("missing");
  });

  it("remember when they were last used", async () => {
    await apiKeys.create(newKey("a"));

    await apiKeys.touch("a", NOW);

    expect((await apiKeys.findByHash("a"))?.lastUsedAt).toEqual(NOW);
  });
});
