import { afterEach, beforeEach, expect, it, jest } from "@jest/globals";
import { createStorageBreaker, type StorageBreaker } from "./storage-breaker.ts";

const FAULT = new Error("ENOSPC");
let works: boolean;
let held: boolean[];
let states: string[];
let breaker: StorageBreaker;

beforeEach(() => {
  jest.useFakeTimers();
  [works, held, states] = [true, [], []];
  breaker = createStorageBreaker({
    check: () => (works ? Promise.resolve() : Promise.reject(FAULT)),
    hold: (isHeld) => held.push(isHeld),
    onChange: (state) => states.push(state),
    probeMs: 1000,
  });
});

afterEach(async () => {
  await breaker.stop();
  jest.useRealTimers();
});

it("holds jobs back as soon as the storage is found to take no write, once, however many attempts find it", async () => {
  works = false;

  expect(await Promise.all([breaker.blame(FAULT), breaker.blame(FAULT)])).toEqual([true, true]);

  expect([breaker.isOpen(), held, states]).toEqual([true, [true], ["open"]]);
});

it("lets them go with the first write that the storage takes again", async () => {
  works = false;
  await breaker.blame(FAULT);

  await jest.advanceTimersByTimeAsync(10_000);
  expect(held).toEqual([true]);
  works = true;
  await jest.advanceTimersByTimeAsync(1000);

  expect([breaker.isOpen(), held, states]).toEqual([false, [true, false], ["open", "closed"]]);
});

it("lets a job answer for a fault that is its own", async () => {
  expect(await breaker.blame(FAULT)).toBe(false);

  expect(held).toEqual([]);
});

it("holds after the fifth fault in a row, for longer each time, until an attempt succeeds; each job answers for its own", async () => {
  for (let i = 0; i < 4; i++) await breaker.blame(FAULT);
  expect(breaker.isOpen()).toBe(false);
  expect(await breaker.blame(FAULT)).toBe(false);
  expect(breaker.isOpen()).toBe(true);
  expect(await breaker.blame(FAULT)).toBe(false);
  await jest.advanceTimersByTimeAsync(1000);
  expect(breaker.isOpen()).toBe(false);

  await breaker.blame(FAULT);
  await jest.advanceTimersByTimeAsync(1000);
  expect(breaker.isOpen()).toBe(true);
  await jest.advanceTimersByTimeAsync(1000);
  expect(breaker.isOpen()).toBe(false);

  breaker.absolve();
  await breaker.blame(FAULT);
  expect(breaker.isOpen()).toBe(false);
});

it("does not wait for a storage that does not answer", async () => {
  const silent = createStorageBreaker({
    check: () => new Promise(() => undefined),
    hold: (isHeld) => held.push(isHeld),
    onChange: () => undefined,
  });

  const blamed = silent.blame(FAULT);
  await jest.advanceTimersByTimeAsync(5000);

  expect(await blamed).toBe(true);
  await silent.stop();
});

it("lets nothing go once it is stopped", async () => {
  works = false;
  await breaker.blame(FAULT);

  await breaker.stop();
  works = true;
  await jest.advanceTimersByTimeAsync(60_000);

  expect(held).toEqual([true]);
});
