import { describe, expect, it } from "@jest/globals";
import { memoryReplayStore, type MemoryReplayStoreOptions } from "./replay-store.ts";

function setup(options: MemoryReplayStoreOptions = {}) {
  const clock = { ms: 1000 };
  return { clock, store: memoryReplayStore({ now: () => clock.ms, ...options }) };
}

describe("memoryReplayStore", () => {
  it("gives an event to the first who claims it", async () => {
    const { store } = setup();

    expect(await Promise.all([store.claim("a"), store.claim("a"), store.claim("b")])).toEqual([
      "started",
      "in_progress",
      "started",
    ]);
  });

  it("knows what was handled, and gives what failed to the next attempt", async () => {
    const { store } = setup();
    await store.claim("done");
    await store.complete("done");
    await store.claim("failed");
    await store.release("failed");

    expect(await store.claim("done")).toBe("handled");
    expect(await store.claim("failed")).toBe("started");
  });

  it("forgets after its time", async () => {
    const { store, clock } = setup({ keepMs: 100 });
    await store.claim("a");
    await store.complete("a");

    clock.ms += 99;
    expect(await store.claim("a")).toBe("handled");
    clock.ms += 1;
    expect(await store.claim("a")).toBe("started");
  });

  it("forgets the oldest for one that is too many, whatever comes", async () => {
    const { store } = setup({ maxEvents: 2 });
    for (const key of ["a", "b", "c"]) {
      await store.claim(key);
      await store.complete(key);
    }

    expect([await store.claim("c"), await store.claim("b"), await store.claim("a")]).toEqual([
      "handled",
      "handled",
      "started",
    ]);
  });
});
