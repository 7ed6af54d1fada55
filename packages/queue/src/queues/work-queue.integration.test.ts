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
