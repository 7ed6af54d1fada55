import { indexAfter } from "./code-points.ts";
import { cutSafely } from "./cut-safely.ts";
import type { Piece, Range } from "./range.ts";
import type { Boundary, SplitOptions } from "./segment.ts";

/** Where to cut, best first: each match ends at the cut. */
const CUTS: readonly (readonly [RegExp, Boundary])[] = [
  [/[;:—–](?=\s)|[；：]/gu, "clause"],
  [/,(?=\s)|[，、،]/gu, "clause"],
  [/\s(?=(?:and|or|but|because|which|that|when|while|where)\s)/gu, "forced"],
  [/\s/gu, "forced"],
];
/** A cut sooner than this would leave a scrap. */
const MIN_SHARE = 0.3;

/** Pieces of at most `targetChars`; the last, of at most `maxChars`, ends with the sentence. */
export function* splitLongSentence(
  text: string,
  { start, end }: Range,
  options: SplitOptions,
): Generator<Piece> {
  let from = start;
  while (end - from > options.maxChars && indexAfter(text, from, options.maxChars) < end) {
    const cut = bestCut(text, from, indexAfter(text, from, options.targetChars));
    yield { start: from, end: cut.at, boundary: cut.boundary };
    from = cut.at;
  }
  yield { start: from, end, boundary: "sentence" };
}

function bestCut(text: string, from: number, limit: number): { at: number; boundary: Boundary } {
  const window = text.slice(from, limit);
  const soonest = window.length * MIN_SHARE;
  for (const [cut, boundary] of CUTS) {
    const ends = Array.from(window.matchAll(cut), (match) => match.index + match[0].length);
    const last = ends.at(-1) ?? 0;
    if (last > soonest) return { at: from + last, boundary };
  }
  return { at: cutSafely(text, from, limit), boundary: "forced" };
}
