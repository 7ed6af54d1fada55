import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { openTestStore, TENANT, type TestStore } from "../../../../tests/support/test-store.ts";

let store: TestStore;

beforeEach(() => {
  store = openTestStore();
});
afterEach(() => store.close());

const entryOf = (jobId: string) => ({ tenant: TENANT, jobId, requestId: "req-1" });
const waiting = () => store.redis.llen(`${store.keys.queuePrefix}:synthesis:wait`);

describe("a queue entry", () => {
  it("is there once, however often it is added", async () => {
    const id = randomUUID();

    await Promise.all([1, 2, 3].map(() => store.synthesis.add(id, entryOf(id))));

    expect(await waiting()).toBe(1);
  });

  it("is open from being added to being removed", async () => {
    const [id, other] = [randomUUID(), randomUUID()];
    await store.synthesis.add(id, entryOf(id));

    expect(await store.synthesis.statesOf([id, other])).toEqual(["open", "missing"]);
    expect(await store.synthesis.remove(id)).toBe("removed");
    expect(await store.synthesis.statesOf([id])).toEqual(["missing"]);
  });

  it("that waits to be tried again is open", async () => {
    const id = randomUUID();
    await store.synthesis.add(id, entryOf(id), { delay: 60_000 });

    expect(await store.synthesis.statesOf([id])).toEqual(["open"]);
  });

  it("that waits is woken at once, or at another time", async () => {
    const [now, later] = [randomUUID(), randomUUID()];
    for (const id of [now, later]) await store.synthesis.add(id, entryOf(id), { delay: 60_000 });

    await store.synthesis.wake(now, 0);
    await store.synthesis.wake(later, 3_600_000);

    const delayed = store.keys.queuePart("synthesis", "delayed");
    expect(await store.redis.zscore(delayed, now)).toBeNull();
    // BullMQ keeps twelve bits beside the time, for the order within one millisecond.
    expect(Number(await store.redis.zscore(delayed, later)) / 4096).toBeGreaterThan(Date.now() + 3_000_000);
    expect(await waiting()).toBe(1);
  });

  it("that does not wait, or is gone, is woken in vain", async () => {
    const id = randomUUID();
    await store.synthesis.add(id, entryOf(id));

    await store.synthesis.wake(id, 0);
    await store.synthesis.wake(randomUUID(), 1_000);

    expect(await waiting()).toBe(1);
  });

  it("that a worker holds stays", async () => {
    const id = randomUUID();
    await store.synthesis.add(id, entryOf(id));
    await store.redis.set(`${store.keys.queuePrefix}:synthesis:${id}:lock`, "somebody's");

    expect(await store.synthesis.remove(id)).toBe("held");
    expect(await store.synthesis.statesOf([id])).toEqual(["open"]);
  });

  it("is asked for in any number, also none", async () => {
    expect(await store.synthesis.statesOf([])).toEqual([]);
  });
});
