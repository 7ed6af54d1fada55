import type { ByteRange } from "@herald/shared/storage/audio-storage";

const ONE_RANGE = /^bytes=(\d*)-(\d*)$/i;

/**
 * What a `Range` header asks of a file (RFC 9110, section 14.2). A server may ignore a range, and this one does so when it
 * is malformed, in another unit, or several at once: many small ranges cost more than the file.
 */
export function byteRange(header: string | undefined, size: number): ByteRange | "whole" | "unsatisfiable" {
  const [, first = "", last = ""] = ONE_RANGE.exec(header ?? "") ?? [];
  if (first === "") {
    return last === "" ? "whole" : suffix(Number(last), size);
  }
  const start = Number(first);
  const end = last === "" ? size - 1 : Number(last);
  if (last !== "" && end < start) {
    return "whole";
  }
  return start < size ? { start, end: Math.min(end, size - 1) } : "unsatisfiable";
}

/** The last `length` bytes; of a file that is shorter, all of it. */
function suffix(length: number, size: number): ByteRange | "unsatisfiable" {
  return length === 0 ? "unsatisfiable" : { start: Math.max(0, size - length), end: size - 1 };
}
