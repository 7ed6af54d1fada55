import { describe, expect, it } from "@jest/globals";
import { answered, unanswered } from "../../../tests/support/send-results.ts";
import { retryDelayMs } from "./retry-delay.ts";

const NOW = new Date("2026-01-02T03:04:05Z");
const EXACT = { delaysMs: [2_000, 4_000, 8_000], jitterPercent: null, random: () => 0.9 };
const DAY_MS = 86_400_000;

const after = (status: number, retryAfter: string | null, number = 1) =>
  retryDelayMs({ result: answered(status, { retryAfter }), number, now: NOW }, EXACT);

describe("the wait before the next attempt", () => {
  it.each([
    ["no word of the receiver", 500, null, 2_000],
    ["429 with seconds", 429, "30", 30_000],
    ["503 with seconds", 503, "30", 30_000],
    ["429 with a date", 429, "Fri, 02 Jan 2026 03:05:05 GMT", 60_000],
    ["503 with less than the schedule", 503, "1", 2_000],
    ["503 with a date that is past", 503, "Fri, 02 Jan 2026 03:00:00 GMT", 2_000],
    ["503 with more than a day", 503, "999999", DAY_MS],
    ["429 with nonsense", 429, "later", 2_000],
    ["an answer with which it means nothing", 500, "30", 2_000],
    ["a redirect with it", 302, "30", 2_000],
  ] as const)("after %s", (...[, status, header, delayMs]) => {
    expect(after(status, header)).toBe(delayMs);
  });

  it("follows the schedule, attempt by attempt, also where there was no answer", () => {
    const waits = [1, 2, 3].map((number) =>
      retryDelayMs({ result: unanswered("timeout"), number, now: NOW }, EXACT),
    );

    expect(waits).toEqual([2_000, 4_000, 8_000]);
  });

  it.each([
    [0, 8_000],
    [0.5, 10_000],
    [1, 12_000],
  ])("varies by a fifth of itself: %d makes %i ms of 10,000", (random, delayMs) => {
    const policy = { delaysMs: [10_000], jitterPercent: null, random: () => random };

    expect(retryDelayMs({ result: answered(500), number: 1, now: NOW }, policy)).toBe(delayMs);
  });

  it.each([
    [[2_000, 4_000, 8_000], null, 2_000],
    [[2_000, 4_000, 8_000], 50, 1_000],
    [[2_000, 4_000], null, 1_600],
    [[2_000, 4_000], 0, 2_000],
  ])("of the schedule %j varies by %j percent, to %i ms", (delaysMs, jitterPercent, delayMs) => {
    const policy = { delaysMs, jitterPercent, random: () => 0 };

    expect(retryDelayMs({ result: answered(500), number: 1, now: NOW }, policy)).toBe(delayMs);
  });

  it.each([
    ["1", 0, 10_000],
    ["11", 0, 11_000],
    ["11", 1, 12_000],
  ])(
    "is not shortened for who asks for %s seconds: %d makes %i ms of 10,000",
    (retryAfter, random, delayMs) => {
      const policy = { delaysMs: [10_000], jitterPercent: null, random: () => random };
      const result = answered(429, { retryAfter });

      expect(retryDelayMs({ result, number: 1, now: NOW }, policy)).toBe(delayMs);
    },
  );

  it("is never less than a schedule of more than a day", () => {
    const policy = { ...EXACT, delaysMs: [3 * DAY_MS], random: () => 0 };
    const result = answered(503, { retryAfter: "999999" });

    expect(retryDelayMs({ result, number: 1, now: NOW }, policy)).toBe(3 * DAY_MS);
  });
});
