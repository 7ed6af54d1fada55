import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import { watchRetirement, type Retirement } from "./retirement.ts";

function setup(retirement: Retirement, { random = 0, rss = 100 } = {}) {
  const watch = watchRetirement(retirement, { random: () => random, rss: () => rss });
  return {
    ...watch,
    isRetired: () => Promise.race([watch.retired.then(() => true), setImmediate(false)]),
  };
}

describe("a worker's retirement", () => {
  it("comes with the last of its jobs", async () => {
    const { onDone, isRetired, retired } = setup({ maxJobs: 10 });

    onDone(9);
    expect(await isRetired()).toBe(false);
    onDone(10);

    expect(await retired).toBe("it has done 10 jobs");
  });

  it("comes at different times to replicas that were started together", async () => {
    const { onDone, isRetired } = setup({ maxJobs: 10 }, { random: 0.5 });

    onDone(10);
    expect(await isRetired()).toBe(false);
    onDone(11);

    expect(await isRetired()).toBe(true);
  });

  it("comes when its memory has grown past the limit", async () => {
    const { onDone, retired } = setup({ memoryLimitBytes: 99 });

    onDone(1);

    expect(await retired).toBe("it holds 100 bytes of memory");
  });

  it("never comes when nothing was said of it", async () => {
    const { onDone, isRetired } = setup({});

    onDone(1_000_000);

    expect(await isRetired()).toBe(false);
  });
});
