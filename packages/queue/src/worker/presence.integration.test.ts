import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { createOwnRedis } from "../../../../tests/support/own-redis.ts";
import { startSeverableProxy } from "../../../../tests/support/severable-proxy.ts";
import { openTestDeployment, type TestDeployment } from "../../../../tests/support/test-redis.ts";
import { waitFor } from "../../../../tests/support/wait.ts";
import { connectPatiently } from "@herald/platform/redis/connect";
import { announcePresence, countWorkers } from "./presence.ts";

let deployment: TestDeployment;

beforeEach(() => {
  deployment = openTestDeployment();
});
afterEach(() => deployment.close());

const announce = (workerId: string, redis = deployment.redis) =>
  announcePresence({ redis, keys: deployment.keys, queue: "synthesis", workerId, onError: () => undefined });
const count = () => countWorkers(deployment.redis, deployment.keys, "synthesis");

describe("the presence of workers", () => {
  it("is known from their start to their stop", async () => {
    const [a, b] = [announce("a"), announce("b")];
    await waitFor(async () => (await count()) === 2);

    await a.stop();
    expect(await count()).toBe(1);
    await b.stop();
    expect(await count()).toBe(0);
  });

  it.each([
    ["behind", -60_000],
    ["ahead", 60_000],
  ])("does not depend on their clocks: one that is %s", async (_, skewMs) => {
    const now = Date.now;
    const clock = jest.spyOn(Date, "now").mockImplementation(() => now() + skewMs);
    const worker = announce("a");
    await waitFor(async () => (await deployment.redis.exists(deployment.keys.workers("synthesis"))) === 1);
    clock.mockRestore();

    expect(await count()).toBe(1);

    const gone = Number(await deployment.redis.zscore(deployment.keys.workers("synthesis"), "a"));
    expect(gone - now()).toBeLessThan(30_000);
    await worker.stop();
  });

  it("is known although Redis is full", async () => {
    const redis = await createOwnRedis({ config: { maxmemory: "1" } });
    await redis.start();
    const full = openTestDeployment(redis.url);

    const worker = announcePresence({ ...full, queue: "synthesis", workerId: "a", onError: () => undefined });
    await waitFor(async () => (await countWorkers(full.redis, full.keys, "synthesis")) === 1);
    await worker.stop();

    expect(await countWorkers(full.redis, full.keys, "synthesis")).toBe(0);
    await full.close();
    await redis.stop();
  });

  it("ends by itself for one that was killed", async () => {
    await deployment.redis.zadd(deployment.keys.workers("synthesis"), Date.now() - 1, "killed");

    expect(await count()).toBe(0);
  });

  it("leaves no names of those who are gone behind", async () => {
    const { redis, keys } = deployment;
    await redis.zadd(keys.workers("synthesis"), Date.now() - 1, "killed");

    const worker = announce("a");
    await waitFor(async () => (await count()) === 1);

    expect(await redis.zrange(keys.workers("synthesis"), "0", "-1")).toEqual(["a"]);
    await worker.stop();
  });

  it("does not hold up a stop when Redis is away", async () => {
    const proxy = await startSeverableProxy(deployment.url);
    const redis = connectPatiently(proxy.url, () => undefined);
    const worker = announce("a", redis);
    await waitFor(async () => (await count()) === 1);
    proxy.sever();

    const startedAt = performance.now();
    await worker.stop();

    expect(performance.now() - startedAt).toBeLessThan(1_500);
    redis.disconnect();
    await proxy.close();
  });
});
