import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Redis } from "ioredis";
import { startApp, type AppName } from "../support/apps.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { freePort } from "../support/wait.ts";

describe("a Redis that deletes keys when its memory is full", () => {
  let server: TestRedis;

  beforeAll(async () => {
    server = await startRedis();
    const redis = new Redis(server.url);
    await redis.config("SET", "maxmemory-policy", "allkeys-lru");
    await redis.quit();
  });

  afterAll(() => server.stop());

  async function start(name: AppName, env: Readonly<Record<string, string>> = {}) {
    return startApp(name, {
      REDIS_URL: server.url,
      STORAGE_URL: "file:///tmp/herald-never",
      PORT: String(await freePort()),
      HEALTH_PORT: String(await freePort()),
      AUDIO_LINK_SECRET: Buffer.alloc(32, 1).toString("base64"),
      ENCRYPTION_KEY: Buffer.alloc(32, 2).toString("base64"),
      WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 1).toString("base64")}`,
      LOG_FORMAT: "json",
      ...env,
    });
  }

  it.each<AppName>(["api", "synthesis-worker", "webhook-worker", "housekeeper"])(
    "keeps %s from working: it ends with exit code 78 and names the setting and the fix",
    async (name) => {
      const app = await start(name, { WEBHOOK_SECERT: "x" });

      expect(await app.exited).toBe(78);

      expect(app.output()).toMatch(/REDIS_URL: .*allkeys-lru.*noeviction.*ALLOW_EVICTION=true/);
      expect(app.output()).toContain('"name":"WEBHOOK_SECERT","did_you_mean":"WEBHOOK_SECRET"');
    },
    30_000,
  );
});
