import { describe, expect, it } from "@jest/globals";
import { byteRange } from "./byte-range.ts";

const SIZE = 100;

describe("byteRange", () => {
  it.each([
    ["bytes=0-0", { start: 0, end: 0 }],
    ["bytes=10-19", { start: 10, end: 19 }],
    ["bytes=90-", { start: 90, end: 99 }],
    ["bytes=90-5000", { start: 90, end: 99 }],
    ["bytes=-1", { start: 99, end: 99 }],
    ["bytes=-5000", { start: 0, end: 99 }],
    ["BYTES=0-1", { start: 0, end: 1 }],
  ])("reads %s", (header, range) => {
    expect(byteRange(header, SIZE)).toEqual(range);
  });

  it.each(["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=99999999999999999999-"])(
    "says that %s lies outside the file",
    (header) => {
      expect(byteRange(header, SIZE)).toBe("unsatisfiable");
    },
  );

  it.each([
    undefined,
    "",
    "bytes=",
    "bytes=-",
    "bytes=5-2",
    "bytes=a-b",
    "bytes=0x1-2",
    "items=0-1",
    "bytes=0-1,3-4",
    "bytes=1.5-2",
  ])("ignores %p, which RFC 9110 lets a server do", (header) => {
    expect(byteRange(header, SIZE)).toBe("whole");
  });
});
