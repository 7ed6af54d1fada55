import { expect, it } from "@jest/globals";
import { createMemoryWatermark } from "./memory-watermark.ts";

function setup(used: number, max: number) {
  const state = { used, max, now: 0, asked: 0 };
  const redis = {
    info() {
      state.asked++;
      if (state.used < 0) return Promise.reject(new Error("Connection is closed."));
      return Promise.resolve(`used_memory:${state.used}\r\nmaxmemory:${state.max}\r\n`);
    },
  };
  const isFull = createMemoryWatermark({ redis, percent: 90, now: () => state.now });
  /** What is answered once the sample that this asks for has come in. */
  const settled = async (): Promise<boolean> => {
    isFull();
    await new Promise(setImmediate);
    return isFull();
  };
  return { state, isFull, settled };
}

it("is reached at its percentage of maxmemory, and not below", async () => {
  expect(await setup(899, 1000).settled()).toBe(false);
  expect(await setup(900, 1000).settled()).toBe(true);
});

it("is never reached where Redis has no maxmemory", async () => {
  expect(await setup(1e12, 0).settled()).toBe(false);
});

it("is asked for once a second, however many want to know", async () => {
  const { state, isFull } = setup(0, 1000);

  for (state.now = 0; state.now < 3000; state.now += 10) isFull();
  await new Promise(setImmediate);

  expect(state.asked).toBe(3);
});

it("falls again when memory comes back", async () => {
  const { state, settled } = setup(950, 1000);
  expect(await settled()).toBe(true);

  Object.assign(state, { used: 100, now: 1000 });

  expect(await settled()).toBe(false);
});

it("stays where it was while Redis cannot be asked", async () => {
  const { state, settled } = setup(950, 1000);
  expect(await settled()).toBe(true);

  Object.assign(state, { used: -1, now: 1000 });

  expect(await settled()).toBe(true);
});
