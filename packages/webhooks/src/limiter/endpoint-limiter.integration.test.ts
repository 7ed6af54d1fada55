import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { openTestDeployment, type TestDeployment } from "../../../../tests/support/test-redis.ts";
import { queueNames } from "@herald/queue/queues/entries";
import { createSealer } from "@herald/shared/signing/sealer";
import {
  createEndpointLimiter,
  type EndpointLimits,
  type Observation,
  type PermitRef,
} from "./endpoint-limiter.ts";

const START = 1_800_000_000_000;
const LIMITS: EndpointLimits = { maxInFlight: 5, maxPerSecond: 0, leaseMs: 15_000 };
const DELIVERED: Observation = { verdict: "delivered", pauseMs: null };
const FAILED: Observation = { verdict: "failed", pauseMs: null };
const BUSY: Observation = { verdict: "neither", pauseMs: 0 };
const NOTHING: Observation = { verdict: "neither", pauseMs: null };
/** BullMQ's score of one that would look by itself, in the end. */
const UNTOLD = (START + 86_400_000) * 4096;

let deployment: TestDeployment;
beforeEach(() => {
  deployment = openTestDeployment();
});
afterEach(() => deployment.close());

function setup(limits: Partial<EndpointLimits> = {}) {
  let now = START;
  const { redis, keys } = deployment;
  const limiter = createEndpointLimiter({
    redis,
    keys,
    limits: { ...LIMITS, ...limits },
    sealer: createSealer([Buffer.alloc(32, 1)]),
    now: () => now,
  });
  const queued = (part: "delayed" | "wait") => keys.queuePart(queueNames.webhookDelivery, part);
  /** When a delayed delivery is due; null for one that waits to be woken, 0 for one that may go. */
  const dueAt = async (id: string): Promise<number | null> => {
    const score = Number((await redis.zscore(queued("delayed"), id)) ?? 0);
    return score === UNTOLD ? null : score / 4096;
  };
  const delay = (id: string) => redis.zadd(queued("delayed"), UNTOLD, id);
  const permit = (deliveryId: string, endpointId = "we_1"): PermitRef => ({
    tenant: "acme",
    endpointId,
    deliveryId,
  });
  const line = keys.endpointWaiting("acme", "we_1");
  /** One that is refused goes away again, so that places are kept only for those who wait. */
  const enter = async (id: string) => {
    const { kind } = await limiter.acquire(permit(id));
    await redis.zrem(line, id);
    return kind;
  };
  const attempt = async (id: string, observation: Observation) => {
    const entry = await limiter.acquire(permit(id));
    return entry.kind === "go" ? limiter.release(permit(id), observation) : entry;
  };
  return {
    limiter,
    permit,
    enter,
    attempt,
    leave: (id: string, observation: Observation) => limiter.release(permit(id), observation),
    /** As a delivery that was refused does, once BullMQ has delayed it. */
    wait: async (id: string) => {
      await redis.zadd(line, now, id);
      await delay(id);
      await limiter.wait(permit(id));
      return dueAt(id);
    },
    delay,
    dueAt,
    /** Whom workers would find, in their order; once. */
    woken: async () => {
      const ids = await redis.lrange(queued("wait"), 0, -1);
      await redis.del(queued("wait"));
      return ids.reverse();
    },
    pass: (ms: number) => (now += ms),
    at: (ms: number) => START + ms,
    failTimes: async (times: number) => {
      for (let i = 0; i < times; i++) await attempt(`failing-${i}`, FAILED);
    },
  };
}

const ids = (count: number, name = "d") => Array.from({ length: count }, (_, i) => `${name}-${i}`);

describe("the cap of an endpoint", () => {
  it("lets so many go at once, and another one for each that leaves", async () => {
    const { enter, leave } = setup();

    expect(await Promise.all(ids(7).map(enter))).toEqual(["go", "go", "go", "go", "go", "wait", "wait"]);
    await leave("d-0", DELIVERED);
    expect(await Promise.all(["d-5", "d-6"].map(enter))).toEqual(["go", "wait"]);
  });

  it("counts each tenant's endpoint for itself", async () => {
    const { limiter, permit } = setup({ maxInFlight: 1 });

    await limiter.acquire(permit("a"));

    expect(await limiter.acquire(permit("b"))).toMatchObject({ kind: "wait", reason: "in_flight" });
    expect(await limiter.acquire(permit("b", "we_2"))).toMatchObject({ kind: "go" });
    expect(await limiter.acquire({ ...permit("b"), tenant: "other" })).toMatchObject({ kind: "go" });
  });

  it("gives one delivery one place, however often it comes", async () => {
    const { enter } = setup({ maxInFlight: 2 });

    expect([await enter("a"), await enter("a"), await enter("b"), await enter("c")]).toEqual([
      "go",
      "go",
      "go",
      "wait",
    ]);
  });

  it("frees the place of one whose worker was lost when its lease is over", async () => {
    const { enter, pass } = setup({ maxInFlight: 1 });
    await enter("lost");

    pass(14_999);
    expect(await enter("next")).toBe("wait");
    pass(1);
    expect(await enter("next")).toBe("go");
  });

  it("wakes those who wait in their order, each once, and keeps their place from others", async () => {
    const { enter, leave, wait, woken, pass } = setup({ maxInFlight: 2 });
    await Promise.all([enter("a"), enter("b")]);
    for (const id of ["c", "d", "e"]) {
      pass(1);
      expect([await enter(id), await wait(id)]).toEqual(["wait", null]);
    }

    await leave("a", DELIVERED);
    expect(await woken()).toEqual(["c"]);
    expect(await enter("newcomer")).toBe("wait");
    await leave("b", DELIVERED);
    expect(await woken()).toEqual(["d"]);
    expect([await enter("c"), await enter("d")]).toEqual(["go", "go"]);
  });

  it("wakes one whose worker was lost before it had said that it waits", async () => {
    const { limiter, permit, leave, delay, woken } = setup({ maxInFlight: 1 });
    await limiter.acquire(permit("a"));
    expect(await limiter.acquire(permit("b"))).toMatchObject({ kind: "wait" });
    await delay("b");

    await leave("a", DELIVERED);

    expect(await woken()).toEqual(["b"]);
  });

  it("keeps the place of one that is not delayed yet, and wakes it as soon as it is", async () => {
    const { limiter, permit, enter, leave, delay, woken } = setup({ maxInFlight: 1 });
    await limiter.acquire(permit("a"));
    await limiter.acquire(permit("b"));
    await leave("a", DELIVERED);
    expect(await enter("newcomer")).toBe("wait");

    await delay("b");
    await limiter.wait(permit("b"));

    expect(await woken()).toEqual(["b"]);
    expect(await enter("b")).toBe("go");
  });

  it("gives the place of one that was woken and does not come to another", async () => {
    const { enter, leave, wait, pass } = setup({ maxInFlight: 1 });
    await enter("a");
    await wait("gone");
    await leave("a", DELIVERED);

    expect(await enter("b")).toBe("wait");
    pass(10_000);
    expect(await enter("b")).toBe("go");
  });

  it("wakes one at once whose place became free while it went to wait", async () => {
    const { enter, leave, wait, woken } = setup({ maxInFlight: 1 });
    await enter("a");
    expect(await enter("b")).toBe("wait");
    await leave("a", DELIVERED);
    expect(await woken()).toEqual([]);

    expect(await wait("b")).toBe(0);
    expect(await woken()).toEqual(["b"]);
    expect(await enter("b")).toBe("go");
  });
});

describe("the rate of an endpoint", () => {
  it("lets one second's worth go at once, and gives each that is too early a time of its own", async () => {
    const { limiter, permit, at } = setup({ maxInFlight: 1000, maxPerSecond: 10 });
    const entries = [];
    for (const id of ids(25)) entries.push(await limiter.acquire(permit(id)));

    expect(entries.slice(0, 10)).toMatchObject(ids(10).map(() => ({ kind: "go" })));
    expect(entries.slice(10)).toEqual(ids(15).map((_, i) => ({ kind: "at", time: at((i + 1) * 100) })));
  });

  it("lets one go at its time without paying twice, and not before", async () => {
    const { limiter, permit, pass, at } = setup({ maxPerSecond: 1 });
    await limiter.acquire(permit("a"));
    await limiter.release(permit("a"), DELIVERED);
    expect(await limiter.acquire(permit("b"))).toEqual({ kind: "at", time: at(1000) });

    pass(500);
    expect(await limiter.acquire(permit("b"))).toEqual({ kind: "at", time: at(1000) });
    pass(500);
    expect(await limiter.acquire(permit("b"))).toMatchObject({ kind: "go" });
    expect(await limiter.acquire(permit("c"))).toEqual({ kind: "at", time: at(2000) });
  });
});

describe("the breaker of an endpoint", () => {
  it("opens after ten failures in a row, and not after nine", async () => {
    const { failTimes, attempt, enter } = setup();
    const { redis, keys } = deployment;
    await failTimes(9);
    expect(await enter("probe")).toBe("go");

    expect(await attempt("tenth", FAILED)).toMatchObject({ breaker: "opened" });
    expect(await attempt("next", DELIVERED)).toMatchObject({ kind: "wait", reason: "breaker" });
    expect(await redis.zcard(keys.openBreakers)).toBe(1);
  });

  it.each([
    ["seven of ten", "f s f f s f f s f f", "opened"],
    ["six of ten", "f s f f s f f s f s", null],
    ["six of nine", "f s f f s f f s f", null],
  ])("opens by the share that failed: %s", async (_case, outcomes, expected) => {
    const { attempt } = setup();
    const changes = [];
    for (const [i, outcome] of outcomes.split(" ").entries()) {
      const left = await attempt(`d-${i}`, outcome === "f" ? FAILED : DELIVERED);
      changes.push("breaker" in left ? left.breaker : left);
    }

    expect(changes.at(-1)).toBe(expected);
    expect(changes.slice(0, -1).filter(Boolean)).toEqual([]);
  });

  it("forgets what failed more than five minutes ago", async () => {
    const { failTimes, attempt, pass } = setup();
    await failTimes(6);
    await attempt("good", DELIVERED);
    pass(6 * 60_000);

    for (let i = 0; i < 4; i++) {
      expect(await attempt(`late-${i}`, FAILED)).toMatchObject({ breaker: null });
    }
  });

  it("lets one probe go when its time is over, and all once that was delivered", async () => {
    const { failTimes, enter, leave, pass } = setup();
    const { redis, keys } = deployment;
    await failTimes(10);

    pass(29_999);
    expect(await enter("early")).toBe("wait");
    pass(1);
    expect(await Promise.all(ids(3).map(enter))).toEqual(["go", "wait", "wait"]);
    expect(await leave("d-0", DELIVERED)).toMatchObject({ breaker: "closed" });
    expect(await Promise.all(ids(3).map(enter))).toEqual(["go", "go", "go"]);
    expect(await redis.zcard(keys.openBreakers)).toBe(0);
  });

  it("stays open twice as long after each probe that fails, up to ten minutes", async () => {
    const { failTimes, attempt, enter, pass } = setup();
    await failTimes(10);
    const waits = [];
    for (let openMs = 30_000; waits.length < 7; openMs = Math.min(openMs * 2, 600_000)) {
      pass(openMs - 1);
      expect(await enter("early")).toBe("wait");
      pass(1);
      expect(await attempt("probe", FAILED)).toMatchObject({ breaker: "opened" });
      waits.push(openMs);
    }

    expect(waits).toEqual([30_000, 60_000, 120_000, 240_000, 480_000, 600_000, 600_000]);
  });

  it("is made no worse by attempts that were under way when it opened", async () => {
    const { failTimes, enter, leave, pass } = setup();
    await Promise.all(ids(4, "slow").map(enter));
    await failTimes(10);
    pass(10_000);
    for (const id of ids(4, "slow")) expect(await leave(id, FAILED)).toMatchObject({ breaker: null });

    pass(20_000);
    expect(await enter("probe")).toBe("go");
  });

  it("has one of those who wait come when its time is over; all others are woken", async () => {
    const { failTimes, enter, wait, leave, woken, dueAt, pass, at } = setup({ maxInFlight: 2 });
    await enter("slow");
    await failTimes(10);

    expect([await wait("a"), await wait("b"), await wait("c")]).toEqual([at(30_000), null, null]);
    pass(30_000);
    expect(await enter("a")).toBe("go");
    expect(await leave("a", FAILED)).toEqual({ recorded: null, breaker: "opened" });
    await leave("slow", FAILED);
    expect([await dueAt("b"), await dueAt("c")]).toEqual([at(90_000), null]);
    expect(await woken()).toEqual([]);
    pass(60_000);
    expect(await enter("b")).toBe("go");
    expect(await leave("b", DELIVERED)).toEqual({ recorded: null, breaker: "closed" });
    expect(await woken()).toEqual(["c"]);
  });

  it("has one come also when the first in the line is still on its way to wait", async () => {
    const { limiter, permit, failTimes, enter, wait, delay, leave, woken, dueAt, at } = setup({
      maxInFlight: 1,
    });
    await failTimes(9);
    await enter("tenth");
    await limiter.acquire(permit("on its way"));
    await leave("tenth", FAILED);

    await delay("on its way");
    await limiter.wait(permit("on its way"));

    expect(await dueAt("on its way")).toBe(at(30_000));
    expect([await wait("later"), await woken()]).toEqual([null, []]);
  });

  it("has the second come when the first is still on its way to wait", async () => {
    const { limiter, permit, failTimes, enter, wait, delay, leave, woken, dueAt, at } = setup({
      maxInFlight: 1,
    });
    await failTimes(9);
    await enter("tenth");
    await limiter.acquire(permit("on its way"));
    await wait("second");
    await leave("tenth", FAILED);

    expect(await dueAt("second")).toBe(at(30_000));
    await delay("on its way");
    await limiter.wait(permit("on its way"));
    expect([await dueAt("on its way"), await woken()]).toEqual([null, []]);
  });

  it("passes the probe on when its worker was stopped", async () => {
    const { failTimes, enter, wait, leave, woken, pass } = setup();
    await failTimes(10);
    await wait("alarm");
    await wait("b");
    pass(30_000);
    await enter("alarm");
    await leave("alarm", NOTHING);

    expect(await woken()).toEqual(["b"]);
  });
});

describe("a delivery that is woken", () => {
  it("may have moved on: then it is nobody's but its worker's", async () => {
    const { redis, keys } = deployment;
    const { enter, leave, wait, woken } = setup({ maxInFlight: 1 });
    await enter("a");
    await wait("b");
    await redis.zrem(keys.queuePart(queueNames.webhookDelivery, "delayed"), "b");
    await leave("a", DELIVERED);

    expect(await woken()).toEqual([]);
    expect(await enter("b")).toBe("go");
  });
});

describe("an endpoint that asks to be left alone", () => {
  it("is, for longer each time, until something was delivered", async () => {
    const { attempt, enter, pass } = setup();
    for (const pauseMs of [1_000, 2_000, 4_000]) {
      await attempt("busy", BUSY);
      pass(pauseMs - 1);
      expect(await enter("early")).toBe("wait");
      pass(1);
    }
    await attempt("good", DELIVERED);
    await attempt("busy", BUSY);

    pass(1_000);
    expect(await enter("next")).toBe("go");
  });

  it("is for as long as it says", async () => {
    const { limiter, permit, attempt, pass } = setup();
    await attempt("busy", { verdict: "neither", pauseMs: 45_000 });

    pass(44_999);
    expect(await limiter.acquire(permit("next"))).toMatchObject({ kind: "wait", reason: "paused" });
    pass(1);
    expect(await limiter.acquire(permit("next"))).toMatchObject({ kind: "go" });
  });

  it("is then called by fewer at once, and by one more after each success", async () => {
    const { attempt, enter, leave, pass } = setup({ maxInFlight: 4 });
    await attempt("busy", BUSY);
    pass(1_000);

    expect(await Promise.all(ids(3).map(enter))).toEqual(["go", "go", "wait"]);
    await leave("d-0", DELIVERED);
    expect(await Promise.all(["d-3", "d-4", "d-5"].map(enter))).toEqual(["go", "go", "wait"]);
  });

  it("pauses once for all that were under way", async () => {
    const { enter, leave, pass } = setup();
    await Promise.all(ids(5).map(enter));
    for (const id of ids(5)) await leave(id, BUSY);

    pass(1_000);
    expect(await enter("next")).toBe("go");
  });
});
