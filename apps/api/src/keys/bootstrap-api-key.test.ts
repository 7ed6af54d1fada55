import { describe, expect, it } from "@jest/globals";
import type { Logger } from "@herald/platform/logging/logger";
import { generateApiKey, hashApiKey } from "@herald/shared/signing/api-key";
import type { ApiKey, NewApiKey } from "../api-keys/api-key-store.ts";
import { startBootstrap } from "./bootstrap-api-key.ts";
import { NOW } from "../testing/fake-job.ts";

const SILENT: Logger = { debug: noop, info: noop, warn: noop, error: noop };
function noop(): void {
  return undefined;
}

function setup(failures: number) {
  const tries: NewApiKey[] = [];
  let succeed = noop;
  const created = new Promise<void>((resolve) => (succeed = resolve));
  const apiKeys = {
    create(key: NewApiKey): Promise<ApiKey> {
      tries.push(key);
      if (tries.length <= failures) return Promise.reject(new Error("Connection is closed."));
      succeed();
      return Promise.resolve({ ...key, keyId: "key_1", createdAt: NOW, limits: {}, lastUsedAt: null });
    },
  };
  return { tries, created, deps: { apiKeys, logger: SILENT, now: () => NOW, retryMs: 1 } };
}

describe("startBootstrap", () => {
  it("makes the key an admin's of the default tenant, by its hash", async () => {
    const { tries, created, deps } = setup(0);
    const key = generateApiKey();

    const bootstrap = startBootstrap(key, deps);
    await created;
    await bootstrap.stop();

    expect(tries).toEqual([
      { hash: hashApiKey(key), tenant: "default", role: "admin", name: "bootstrap", now: NOW },
    ]);
  });

  it("goes on trying until Redis is there", async () => {
    const { tries, created, deps } = setup(3);

    const bootstrap = startBootstrap(generateApiKey(), deps);
    expect(bootstrap.isDone()).toBe(false);
    await created;
    await bootstrap.stop();

    expect(tries).toHaveLength(4);
    expect(bootstrap.isDone()).toBe(true);
  });

  it("gives up at once when asked to stop", async () => {
    const { deps } = setup(Infinity);

    const bootstrap = startBootstrap(generateApiKey(), { ...deps, retryMs: 3_600_000 });
    await bootstrap.stop();

    expect(bootstrap.isDone()).toBe(false);
  });
});
