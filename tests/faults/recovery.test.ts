import { expect, it } from "@jest/globals";
import { findSlowRecovery } from "./recovery.ts";

const FAULT = { recoversWithinMs: 1_000 };

it("is as promised while 99 % take no longer, or nothing was hit", () => {
  expect(findSlowRecovery([...Array<number>(99).fill(1_000), 5_000], FAULT)).toEqual([]);
  expect(findSlowRecovery([], FAULT)).toEqual([]);
});

it("is not when more take longer", () => {
  expect(findSlowRecovery([100, 1_001], FAULT)).toHaveLength(1);
});
