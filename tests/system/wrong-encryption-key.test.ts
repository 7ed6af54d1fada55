import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Redis } from "ioredis";
import { createKeys } from "@herald/platform/redis/keys";
import { createSealer, encryptionKeyId } from "@herald/shared/signing/sealer";
import { createSigningKeyStore } from "@herald/webhooks/signing-keys/signing-key-store";
import { startApp, type AppName } from "../support/apps.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { freePort } from "../support/wait.ts";

const RIGHT = Buffer.alloc(32, 1);
const WRONG = Buffer.alloc(32, 2);

describe("a wrong ENCRYPTION_KEY", () => {
  let server: TestRedis;
  let redis: Redis;

  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.url);
    const store = createSigningKeyStore({
      redis,
      keys: createKeys("herald"),
      sealer: createSealer([RIGHT]),
      firstSecret: undefined,
    });
    await store.list({ tenant: "acme" }, new Date());
  });

  afterAll(async () => {
    await redis.quit();
    await server.stop();
  });

  /** Of every key its whole value, as Redis itself would move it to another server. */
  async function contents(): Promise<readonly (readonly [string, string])[]> {
    const names = (await redis.keys("*")).sort();
    return Promise.all(
      names.map(async (name) => [name, (await redis.dumpBuffer(name)).toString("hex")] as const),
    );
  }

  it.each<AppName>(["api", "webhook-worker"])(
    "keeps %s from starting: it ends with exit code 78, names the missing key and changes nothing",
    async (name) => {
      const before = await contents();
      const app = startApp(name, {
        REDIS_URL: server.url,
        STORAGE_URL: "file:///tmp/herald-never",
        PORT: String(await freePort()),
        HEALTH_PORT: String(await freePort()),
        AUDIO_LINK_SECRET: Buffer.alloc(32, 1).toString("base64"),
        BOOTSTRAP_API_KEY: `hk_${"a".repeat(43)}`,
        ENCRYPTION_KEY: WRONG.toString("base64"),
        LOG_FORMAT: "json",
      });

      expect(await app.exited).toBe(78);

      expect(app.output()).toContain(`sealed with ${encryptionKeyId(RIGHT)}`);
      expect(app.output()).not.toContain(WRONG.toString("base64"));
      expect(await contents()).toEqual(before);
    },
    30_000,
  );
});
