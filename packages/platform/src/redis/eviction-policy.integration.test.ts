import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { startRedis, type TestRedis } from "../../../../tests/support/redis.ts";
import { connectPatiently } from "./connect.ts";
import { evictionFound } from "./eviction-policy.ts";

let server: TestRedis;
let redis: ReturnType<typeof connectPatiently>;

beforeAll(async () => {
  server = await startRedis();
  redis = connectPatiently(server.url, () => undefined);
});

afterAll(async () => {
  await redis.quit();
  await server.stop();
});

/** What was found by the time that Redis has answered whatever it was asked before. */
async function foundBy(found: Promise<Error>): Promise<string> {
  const asked = redis.ping().then(() => redis.ping());
  return Promise.race([found.then((error) => error.message), asked.then(() => "nothing")]);
}

it("lets a Redis pass that keeps what it has", async () => {
  await redis.config("SET", "maxmemory-policy", "noeviction");

  expect(await foundBy(evictionFound(redis, { allowed: false }))).toBe("nothing");
});

it("names the setting and the remedy for one that deletes, unless that was allowed", async () => {
  await redis.config("SET", "maxmemory-policy", "allkeys-lru");

  expect(await foundBy(evictionFound(redis, { allowed: false }))).toMatch(
    /REDIS_URL: .* allkeys-lru.*noeviction.*ALLOW_EVICTION=true/s,
  );
  expect(await foundBy(evictionFound(redis, { allowed: true }))).toBe("nothing");
});

it("finds out on the next connection, too", async () => {
  await redis.config("SET", "maxmemory-policy", "noeviction");
  const found = evictionFound(redis, { allowed: false });
  await redis.config("SET", "maxmemory-policy", "volatile-ttl");

  redis.disconnect(true);

  expect((await found).message).toContain("volatile-ttl");
});
