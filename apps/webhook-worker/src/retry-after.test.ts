import { describe, expect, it } from "@jest/globals";
import { parseRetryAfter } from "./retry-after.ts";

const NOW = new Date("1994-11-06T08:49:07Z");

describe("a Retry-After header", () => {
  it.each([
    ["0", 0],
    ["120", 120_000],
    ["Sun, 06 Nov 1994 08:49:37 GMT", 30_000],
    ["Sunday, 06-Nov-94 08:49:37 GMT", 30_000],
    ["Sun Nov  6 08:49:37 1994", 30_000],
    ["Sun, 06 Nov 1994 08:00:00 GMT", 0],
  ])("of %j asks for %i ms", (value, ms) => {
    expect(parseRetryAfter(value, NOW)).toBe(ms);
  });

  it.each(["", "-5", "1.5", "1e3", "soon", "9999999999", "Sun, 99 Nov 1994", "1994-11-06T08:49:37Z"])(
    "of %j asks for nothing",
    (value) => {
      expect(parseRetryAfter(value, NOW)).toBeNull();
    },
  );
});
