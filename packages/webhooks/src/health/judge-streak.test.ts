import { describe, expect, it } from "@jest/globals";
import { judgeStreak } from "./judge-streak.ts";

const DAY_MS = 86_400_000;
const NOW = new Date("2026-03-10T00:00:00Z");

function judge(days: number, attempts: number, { warned = false, isGone = false, rule = 5 } = {}) {
  const since = new Date(NOW.getTime() - days * DAY_MS);
  return judgeStreak(
    { streak: { since, attempts, warned }, isGone, now: NOW },
    { disableAfterMs: rule * DAY_MS },
  );
}

describe("an endpoint that fails", () => {
  it.each([
    ["for five days at least, in twenty attempts at least", 5, 20],
    ["for much longer, in many more", 50, 2000],
  ])("is disabled %s", (_when, days, attempts) => {
    expect(judge(days, attempts)).toEqual({ kind: "disabled", reason: "failing" });
    expect(judge(days, attempts, { warned: true })).toEqual({ kind: "disabled", reason: "failing" });
  });

  it.each([
    ["half of the time and of the attempts", 2.5, 10],
    ["all of the time with too few attempts", 5, 19],
    ["all of the attempts in too little time", 4.999, 20],
  ])("is warned of after %s, once", (_when, days, attempts) => {
    expect(judge(days, attempts)).toEqual({ kind: "failing" });
    expect(judge(days, attempts, { warned: true })).toBeNull();
  });

  it.each([
    [2.499, 1000],
    [400, 9],
    [0, 1],
  ])("is left alone after %d days and %d attempts", (days, attempts) => {
    expect(judge(days, attempts)).toBeNull();
  });

  it("is never disabled where the operator wants that, unless it says itself that it is gone", () => {
    expect(judge(400, 4000, { rule: 0 })).toBeNull();
    expect(judge(0, 1, { rule: 0, isGone: true })).toEqual({ kind: "disabled", reason: "gone" });
  });
});
