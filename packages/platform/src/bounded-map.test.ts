import { expect, it } from "@jest/globals";
import { BoundedMap } from "./bounded-map.ts";

it("forgets the oldest entry when there is one too many", () => {
  const map = new BoundedMap<string, number>(2).set("a", 1).set("b", 2).set("c", 3);

  expect([...map]).toEqual([
    ["b", 2],
    ["c", 3],
  ]);
});

it("keeps an entry that was set again for the newest", () => {
  const map = new BoundedMap<string, number>(2).set("a", 1).set("b", 2).set("a", 3).set("c", 4);

  expect([...map]).toEqual([
    ["a", 3],
    ["c", 4],
  ]);
});
