import { expect, it } from "@jest/globals";
import { createBackoff } from "./backoff.ts";

const options = { firstDelayMs: 500, maxDelayMs: 30_000, stableMs: 60_000 };

it("doubles the delay after each short run, up to the limit", () => {
  const backoff = createBackoff(options);

  const delays = Array.from({ length: 9 }, () => backoff.delayAfterRun(10));

  expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

it("begins again after a stable run", () => {
  const backoff = createBackoff(options);
  backoff.delayAfterRun(10);
  backoff.delayAfterRun(10);

  expect(backoff.delayAfterRun(60_000)).toBe(500);
  expect(backoff.delayAfterRun(10)).toBe(1000);
});
