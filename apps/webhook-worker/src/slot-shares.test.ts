import { describe, expect, it } from "@jest/globals";
import type { Outcome } from "@herald/queue/worker/outcome";
import { createSlotShares } from "./slot-shares.ts";

const SLOTS = 16;
const TIMEOUT_MS = 10_000;

function setup() {
  let now = 0;
  const heldBack: string[] = [];
  const ends = new Map<string, (() => void)[]>();
  const shares = createSlotShares({
    slots: SLOTS,
    timeoutMs: TIMEOUT_MS,
    now: () => now,
    onHeldBack: (tenant) => heldBack.push(tenant),
    onSnoozed: () => undefined,
  });
  const work = (tenant: string) => () =>
    new Promise<Outcome>((resolve) => {
      const end = () => {
        resolve({ kind: "done" });
      };
      ends.set(tenant, [...(ends.get(tenant) ?? []), end]);
    });
  const come = (tenant: string, count: number) => {
    const before = ends.get(tenant)?.length ?? 0;
    const outcomes = Array.from({ length: count }, () => shares.during(tenant, work(tenant)));
    return { outcomes, begun: (ends.get(tenant)?.length ?? 0) - before };
  };
  return {
    heldBack,
    /** How many of them began. */
    come: (tenant: string, count: number) => come(tenant, count).begun,
    /** Of those that are all snoozed. */
    delaysOf: async (tenant: string, count: number) => {
      const outcomes = await Promise.all(come(tenant, count).outcomes);
      return outcomes.map((outcome) => (outcome.kind === "snooze" ? outcome.delayMs : NaN));
    },
    endAll: async (tenant: string) => {
      for (const end of ends.get(tenant)?.splice(0) ?? []) end();
      await new Promise(setImmediate);
    },
    pass: (ms: number) => (now += ms),
  };
}

describe("the slots of a worker", () => {
  it("are one tenant's alone as long as its attempts end in time", async () => {
    const { come, pass, endAll, heldBack } = setup();

    for (let round = 0; round < 100; round++) {
      expect(come("acme", SLOTS)).toBe(SLOTS);
      pass(900);
      await endAll("acme");
    }

    expect(heldBack).toEqual([]);
  });

  it("are kept from a tenant whose attempts hang in a quarter of them, and from no other", () => {
    const { come, pass, heldBack } = setup();
    come("acme", 3);
    pass(1_000);
    expect(come("acme", 1)).toBe(1);

    pass(1_000);
    expect([come("acme", 1), come("acme", 9), come("globex", 8)]).toEqual([1, 3, 8]);
    expect(heldBack).toEqual(["acme"]);
  });

  it("are never all taken by tenants whose attempts hang", async () => {
    const { come, pass, endAll, heldBack } = setup();
    for (const tenant of ["a", "b", "c"]) {
      come(tenant, SLOTS);
      pass(1_000);
      come(tenant, 1);
      await endAll(tenant);
    }

    expect(heldBack).toEqual(["a", "b", "c"]);
    expect([come("a", SLOTS), come("b", SLOTS), come("c", SLOTS)]).toEqual([8, 4, 2]);
  });

  it("are kept from it until it has been well for a minute", async () => {
    const { come, pass, endAll, heldBack } = setup();
    come("acme", SLOTS);
    pass(TIMEOUT_MS);
    expect(come("acme", 1)).toBe(0);
    await endAll("acme");

    pass(59_999);
    expect(come("acme", SLOTS)).toBe(SLOTS / 2);
    await endAll("acme");
    pass(1);
    expect(come("acme", SLOTS)).toBe(SLOTS);
    expect(heldBack).toEqual(["acme"]);
  });

  it("are come for one after the other, as fast as attempts end, and within a minute", async () => {
    const { come, pass, delaysOf } = setup();
    come("acme", SLOTS);
    pass(TIMEOUT_MS);

    const delays = await delaysOf("acme", 2_000);

    expect(delays.slice(0, 3)).toEqual([63, 125, 188]);
    expect(Math.max(...delays)).toBe(60_000);
  });

  it("are given back by work that throws", async () => {
    const untold = () => undefined;
    const shares = createSlotShares({ slots: 2, timeoutMs: 1, onHeldBack: untold, onSnoozed: untold });
    const fails = () => Promise.reject(new Error("no"));

    await expect(shares.during("acme", fails)).rejects.toThrow("no");
    expect(await shares.during("acme", () => Promise.resolve({ kind: "done" }))).toEqual({ kind: "done" });
  });
});
