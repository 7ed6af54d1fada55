import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import { watchRetirement, type Retirement } from "./retirement.ts";

function setup(retirement: Retirement, { random = 0, rss = 100 } = {}) {
  const process = { rss, now: 0 };
  const watch = watchRetirement(retirement, {
    random: () => random,
    rss: () => process.rss,
    now: () => process.now,
  });
  return {
    ...watch,
    process,
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

  it("comes within a second of its memory's growth, however often it did a job before", async () => {
    const { onDone, process, isRetired } = setup({ memoryLimitBytes: 200 });
    onDone(1);
    Object.assign(process, { rss: 201, now: 999 });
    onDone(2);
    expect(await isRetired()).toBe(false);

    process.now = 1000;
    onDone(3);

    expect(await isRetired()).toBe(true);
  });

  it("never comes when nothing was said of it", async () => {
    const { onDone, isRetired } = setup({});

    onDone(1_000_000);

    expect(await isRetired()).toBe(false);
  });
});
