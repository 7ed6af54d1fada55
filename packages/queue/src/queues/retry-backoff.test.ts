import { describe, expect, it } from "@jest/globals";
import { retryBackoff, scheduledDelayMs } from "./retry-backoff.ts";

describe("a retry schedule", () => {
  it("that doubles is BullMQ's own exponential backoff", () => {
    expect(retryBackoff([2000, 4000, 8000])).toEqual({ type: "exponential", delay: 2000 });
  });

  it.each([[[2000, 4000, 9000]], [[0, 5]], [[5000, 300_000, 1_800_000]]])(
    "of %j is followed as it is",
    (delaysMs) => {
      const { type } = retryBackoff(delaysMs);

      expect(type).toBe("schedule");
      expect(delaysMs.map((_, i) => scheduledDelayMs(delaysMs, i + 1))).toEqual(delaysMs);
    },
  );

  it("that is empty is asked nothing that would break it", () => {
    expect(retryBackoff([])).toEqual({ type: "exponential", delay: 0 });
    expect(scheduledDelayMs([], 1)).toBe(0);
  });
});
