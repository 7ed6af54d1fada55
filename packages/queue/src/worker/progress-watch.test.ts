import { describe, expect, it } from "@jest/globals";
import { createProgressWatch, type ProgressFacts } from "./progress-watch.ts";

/** Looks once a second, and once more a second later without new facts. */
function idleAfter(looks: readonly Partial<ProgressFacts>[]): number {
  let ms = 0;
  const watch = createProgressWatch(() => ms);
  for (const look of looks) {
    watch.observe({ waiting: 5, hasRoom: true, taken: 0, ...look });
    ms += 1000;
  }
  return watch.idleMs();
}

describe("a worker is idle", () => {
  it("for as long as jobs wait and it takes none", () => {
    expect(idleAfter([{}, {}, {}])).toBe(3000);
  });

  it.each<[string, Partial<ProgressFacts>]>([
    ["took a job", { taken: 1 }],
    ["had no room", { hasRoom: false }],
    ["had nothing to take", { waiting: 0 }],
  ])("not since it %s", (_what, facts) => {
    expect(idleAfter([{}, {}, facts])).toBe(0);
    expect(idleAfter([{}, facts, { taken: facts.taken ?? 0 }])).toBe(1000);
  });
});
