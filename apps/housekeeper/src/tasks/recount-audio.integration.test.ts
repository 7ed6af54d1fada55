import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { openTestHousekeeping, type TestHousekeeping } from "../../../../tests/support/test-housekeeping.ts";
import { recountAudio } from "./recount-audio.ts";

let house: TestHousekeeping;

beforeEach(async () => {
  house = await openTestHousekeeping();
});
afterEach(() => house.close());

it("tells of a count that was wrong, once, and never of one that was right", async () => {
  const told: unknown[] = [];
  const deps = { upkeep: house.upkeep, onRepair: (...repair: unknown[]) => told.push(repair) };
  await house.completed();
  await recountAudio(deps);
  expect(told).toEqual([]);

  await house.redis.incrby(house.keys.audioBytes, 5);
  await recountAudio(deps);
  await recountAudio(deps);

  expect(told).toEqual([["audio_bytes_corrected", 5]]);
});
