import { afterEach, beforeEach, expect, it } from "@jest/globals";
import fc from "fast-check";
import { openTestDeployment, type TestDeployment } from "../../../../tests/support/test-redis.ts";
import { createSealer } from "@herald/shared/signing/sealer";
import { createEndpointLimiter, type Observation } from "./endpoint-limiter.ts";

const CAP = 3;
const LEASE_MS = 15_000;

let deployment: TestDeployment;
beforeEach(() => {
  deployment = openTestDeployment();
});
afterEach(() => deployment.close());

const verdicts: readonly Observation[] = [
  { verdict: "delivered", pauseMs: null },
  { verdict: "failed", pauseMs: null },
  { verdict: "neither", pauseMs: 0 },
  { verdict: "neither", pauseMs: null },
];
const id = fc.integer({ min: 0, max: 7 }).map((i) => `d-${i}`);
const step = fc.oneof(
  fc.record({ does: fc.constant("enter" as const), id }),
  fc.record({ does: fc.constant("wait" as const), id }),
  fc.record({ does: fc.constant("leave" as const), id, observation: fc.constantFrom(...verdicts) }),
  fc.record({ does: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 20_000 }) }),
);

it("never lets more go than the cap, and counts each place once, whoever comes, goes or is lost", async () => {
  const { redis, keys } = deployment;
  let endpoints = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      let now = 1_800_000_000_000;
      const limits = { maxInFlight: CAP, maxPerSecond: 20, leaseMs: LEASE_MS };
      const sealer = createSealer([Buffer.alloc(32, 1)]);
      const limiter = createEndpointLimiter({ redis, keys, limits, sealer, now: () => now });
      const names = { tenant: "acme", endpointId: `url_${endpoints++}` };
      const underWay = new Map<string, number>();
      for (const each of steps) {
        if (each.does === "pass") {
          now += each.ms;
          continue;
        }
        const permit = { ...names, deliveryId: each.id };
        if (each.does === "enter") {
          const entry = await limiter.acquire(permit);
          if (entry.kind === "go") underWay.set(each.id, now + LEASE_MS);
          else underWay.delete(each.id);
        }
        if (each.does === "wait" && !underWay.has(each.id)) await limiter.wait(permit);
        if (each.does === "leave" && underWay.delete(each.id))
          await limiter.release(permit, each.observation);

        const state = await redis.hgetall(keys.endpointState(names.tenant, names.endpointId));
        const leases = Object.keys(state).filter((field) => field.startsWith("lease:"));
        expect(Number(state["held"] ?? 0)).toBe(leases.length);
        expect([...underWay.values()].filter((ends) => ends > now).length).toBeLessThanOrEqual(CAP);
      }
    }),
    { numRuns: 150 },
  );
});
