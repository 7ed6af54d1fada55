import { afterEach, describe, expect, it } from "@jest/globals";
import { startHerald } from "../support/herald.ts";
import { findModernRedis, whyNoModernRedis } from "../support/modern-redis.ts";
import { createOwnRedis } from "../support/own-redis.ts";

const env = { DURABLE_ACCEPT: "true" };
const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
}, 60_000);

async function start(executable: string | null, config: Readonly<Record<string, string>> = {}) {
  const redis = await createOwnRedis({ ...(executable === null ? {} : { executable }), config });
  await redis.start();
  const herald = await startHerald({ redis, env, awaitReadiness: config["appendonly"] !== "no" });
  stops.push(() => herald.stop());
  return { redis, herald };
}

const executable = findModernRedis();
if (executable === null) process.stderr.write(`${whyNoModernRedis}\n`);
const describeWithModernRedis = executable === null ? describe.skip : describe;

describe("an API that is to accept only what is on disk", () => {
  it("does not start with a Redis that cannot say so, and names the setting", async () => {
    const { herald } = await start(null, { appendonly: "no" });

    expect(await herald.api.exited).toBe(78);
    expect(herald.api.output()).toMatch(/DURABLE_ACCEPT: this Redis (is|has) .*(7\.2|appendonly)/);
  }, 60_000);
});

describeWithModernRedis("an API that accepts only what is on disk", () => {
  it("answers 202 once Redis has synced, and else 503 that leads to the same job when it is tried again", async () => {
    const { redis, herald } = await start(executable);
    const submit = () =>
      herald.client.request("/v1/tts/async", {
        method: "POST",
        headers: { "idempotency-key": "the-one" },
        body: JSON.stringify({ text: "Hello there." }),
      });
    await redis.ask((client) => client.config("SET", "appendfsync", "no"));

    const refused = await submit();
    await redis.ask((client) => client.config("SET", "appendfsync", "always"));
    const accepted = await submit();

    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ error: { code: "redis_unavailable" } });
    expect([accepted.status, accepted.headers.get("idempotent-replayed")]).toEqual([202, "true"]);
  }, 60_000);
});
