import { afterEach, beforeEach, expect, it, jest } from "@jest/globals";
import { DeadlineError, withDeadline } from "./with-deadline.ts";

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

it("gives the result of work that is done in time, and keeps no timer behind it", async () => {
  expect(await withDeadline(Promise.resolve("done"), 1000)).toBe("done");

  expect(jest.getTimerCount()).toBe(0);
});

it("throws what the work threw in time, and keeps no timer behind it", async () => {
  const failure = new Error("no");

  await expect(withDeadline(Promise.reject(failure), 1000)).rejects.toBe(failure);

  expect(jest.getTimerCount()).toBe(0);
});

it("stops waiting at the deadline and not before", async () => {
  let ended = false;
  const waiting = withDeadline(new Promise(() => undefined), 1000).finally(() => {
    ended = true;
  });
  waiting.catch(() => undefined);

  await jest.advanceTimersByTimeAsync(999);
  expect(ended).toBe(false);

  await jest.advanceTimersByTimeAsync(1);
  await expect(waiting).rejects.toThrow(DeadlineError);
});
