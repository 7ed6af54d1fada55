import { describe, expect, it } from "@jest/globals";
import { createdAtOf, firstJobIdAt, isJobId, newJobId } from "./ids.ts";

const NOON = new Date("2026-03-01T12:00:00.123Z");

describe("job ids", () => {
  it("carry the time they were made for", () => {
    const jobId = newJobId(NOON);

    expect(isJobId(jobId)).toBe(true);
    expect(createdAtOf(jobId)).toEqual(NOON);
  });

  it("sort by creation, also within one millisecond", () => {
    const ids = Array.from({ length: 1000 }, () => newJobId(new Date("2027-01-01T00:00:00Z")));

    expect([...ids].sort()).toEqual(ids);
  });

  it("are bounded from below by the first id of their millisecond", () => {
    const jobId = newJobId(new Date("2028-01-01T00:00:00.500Z"));

    expect(firstJobIdAt(new Date("2028-01-01T00:00:00.500Z")) <= jobId).toBe(true);
    expect(firstJobIdAt(new Date("2028-01-01T00:00:00.501Z")) > jobId).toBe(true);
  });

  it("are bounded by an id for every date there is", () => {
    expect(isJobId(firstJobIdAt(new Date("0001-01-01T00:00:00Z")))).toBe(true);
    expect(firstJobIdAt(new Date(8.64e15))).toBe("ffffffff-ffff-7000-8000-000000000000");
  });

  it("are not just any text", () => {
    for (const text of ["", "1", "019ab0c1-0000-4000-8000-000000000000", `${newJobId(NOON)} `]) {
      expect(isJobId(text)).toBe(false);
    }
  });
});
