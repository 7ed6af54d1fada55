import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { openTestDeployment, type TestDeployment } from "../../../../tests/support/test-redis.ts";
import { waitFor } from "../../../../tests/support/wait.ts";
import { startRedisClock, type RedisClock } from "./redis-clock.ts";

/** Redis and the test share a machine, and the answer takes its time. */
const NEAR_MS = 2_000;
const HOUR_MS = 3_600_000;

let deployment: TestDeployment;
let clock: RedisClock;

beforeEach(() => {
  deployment = openTestDeployment();
});
afterEach(async () => {
  await clock.stop();
  await deployment.close();
});

const isRight = (): boolean => Math.abs(clock.now() - Date.now()) < NEAR_MS;

describe("the clock of a process", () => {
  it.each([
    ["ahead", HOUR_MS],
    ["behind", -HOUR_MS],
  ])("that is an hour %s comes to be Redis's", async (_case, skewMs) => {
    clock = startRedisClock({ redis: deployment.redis, localNow: () => Date.now() + skewMs });
    expect(isRight()).toBe(false);

    await waitFor(isRight);

    expect(isRight()).toBe(true);
  });

  it("takes nothing from an answer that was long on its way", async () => {
    let ms = 0;
    await deployment.redis.ping();
    clock = startRedisClock({ redis: deployment.redis, localNow: () => (ms += 10_000) });
    await deployment.redis.ping();

    expect(clock.now()).toBe(ms);
  });

  it("that is in step stays as it is, however slow the answer", async () => {
    const ask = { time: () => Promise.resolve([1_000, 300_000]) };
    const redis = Object.assign(Object.create(deployment.redis) as typeof deployment.redis, ask);
    const times = [1_000_000, 1_000_310, 5];
    await deployment.redis.ping();
    clock = startRedisClock({ redis, localNow: () => times.shift() ?? 0 });
    await deployment.redis.ping();

    expect(clock.now()).toBe(5);
  });

  it("is its own until Redis is there", () => {
    clock = startRedisClock({ redis: deployment.redis, localNow: () => 1_000 });

    expect(clock.now()).toBe(1_000);
  });
});
