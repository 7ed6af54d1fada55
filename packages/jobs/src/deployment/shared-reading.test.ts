import { expect, it, jest } from "@jest/globals";
import { shareReading } from "./shared-reading.ts";

function setup() {
  let time = 1_000_000;
  let readings = 0;
  const read = jest.fn(() => Promise.resolve(++readings));
  const pass = (ms: number) => {
    time += ms;
  };
  return { read, pass, ask: shareReading({ read, now: () => time }) };
}

it("reads once for all who ask within five seconds", async () => {
  const { read, pass, ask } = setup();

  expect(await ask()).toBe(1);
  pass(4999);
  expect(await ask()).toBe(1);
  pass(1);
  expect(await ask()).toBe(2);

  expect(read).toHaveBeenCalledTimes(2);
});

it("reads once for all who ask at the same time", async () => {
  const { read, ask } = setup();

  expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1]);
  expect(read).toHaveBeenCalledTimes(1);
});

it("says nothing rather than what is old when reading fails, and tries again at once", async () => {
  const { read, pass, ask } = setup();
  await ask();
  pass(5000);
  read.mockRejectedValueOnce(new Error("connection lost"));

  expect(await ask()).toBeNull();
  expect(await ask()).toBe(2);
});

it("does not wait for a reading that never ends, nor start another", async () => {
  const { read, ask } = setup();
  read.mockReturnValueOnce(new Promise(() => undefined));

  expect(await ask()).toBeNull();
  expect(await ask()).toBeNull();

  expect(read).toHaveBeenCalledTimes(1);
});
