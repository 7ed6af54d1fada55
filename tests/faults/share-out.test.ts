import { expect, it } from "@jest/globals";
import { shareOut } from "./share-out.ts";

it("gives each fault its share of the jobs, and each that kills its share of the kills, rounded up", () => {
  const faults = [{ strikes: "kills" }, { strikes: 2 }, { strikes: "kills" }] as const;

  expect(shareOut({ jobs: 100, kills: 5 }, faults)).toEqual({ jobs: 34, kills: 3 });
});
