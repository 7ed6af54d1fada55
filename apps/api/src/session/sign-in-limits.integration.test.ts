import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { openTestDeployment, type TestDeployment } from "../../../../tests/support/test-redis.ts";
import { createSignInLimits } from "./sign-in-limits.ts";

let deployment: TestDeployment;

beforeEach(() => {
  deployment = openTestDeployment();
});
afterEach(() => deployment.close());

function open(limits: { perAddress?: number; overall?: number }) {
  const { redis, keys } = deployment;
  return createSignInLimits({ redis, keyPrefix: keys.signInAttempts, ...limits });
}

describe("attempts to sign in", () => {
  it("are counted by address, over all processes", async () => {
    const [here, there] = [open({ perAddress: 2 }), open({ perAddress: 2 })];

    expect(await here("10.0.0.1")).toBeNull();
    expect(await there("10.0.0.1")).toBeNull();

    expect(await here("10.0.0.1")).toEqual({ retryAfterSeconds: expect.any(Number) });
    expect(await here("::ffff:10.0.0.1")).not.toBeNull();
    expect(await here("10.0.0.2")).toBeNull();
  });

  it("are one count for a whole IPv6 network", async () => {
    const limit = open({ perAddress: 1 });

    expect(await limit("2001:db8::1")).toBeNull();

    expect(await limit("2001:db8:0:0:ffff::2")).not.toBeNull();
    expect(await limit("2001:db8::3:4:5:6")).not.toBeNull();
    expect(await limit("2001:db8:0:1::1")).toBeNull();
  });

  it("are counted overall too, but not those that an address was refused", async () => {
    const limit = open({ perAddress: 1, overall: 2 });

    await limit("10.0.0.1");
    for (let i = 0; i < 5; i++) expect(await limit("10.0.0.1")).not.toBeNull();

    expect(await limit("10.0.0.2")).toBeNull();
    expect(await limit("10.0.0.3")).not.toBeNull();
  });

  it("leave nothing behind for longer than a minute", async () => {
    await open({})("10.0.0.1");

    const left = await deployment.redis.keys(`${deployment.keys.signInAttempts}*`);

    expect(left).toHaveLength(2);
    for (const key of left) {
      const ttl = await deployment.redis.ttl(key);
      expect(ttl).toBeGreaterThan(0);
      expect(ttl).toBeLessThanOrEqual(60);
    }
  });
});
