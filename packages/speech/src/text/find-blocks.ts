import type { Piece } from "./range.ts";
import type { Boundary } from "./segment.ts";

/** A list item or a heading: a line that no sentence runs into. */
const OWN_LINE = /^\s{0,8}(?:[-*•‣◦]|\d{1,3}[.)]|#{1,6})\s/u;
const HEADING = /^\s{0,8}#{1,6}\s/u;
const LINE_START_CHARS = 24;

/**
 * Parts that no sentence crosses; they cover the text, and each but the last ends with a newline. A blank line ends
 * a paragraph; a single newline is only where the author's editor wrapped, unless the next line is a list item or
 * this one is a heading. `text` must know no line end but "\n".
 */
export function findBlocks(text: string): Piece[] {
  const blocks: Piece[] = [];
  let start = 0;
  let hasWords = false;
  const close = (end: number, boundary: Boundary) => {
    if (hasWords) blocks.push({ start, end, boundary });
    start = hasWords ? end : start;
    hasWords = false;
  };
  for (const line of linesOf(text)) {
    const opening = text.slice(line.start, Math.min(line.end, line.start + LINE_START_CHARS));
    const blank = isBlank(text, line);
    if (OWN_LINE.test(opening)) close(line.start, "sentence");
    hasWords ||= !blank;
    if (blank || HEADING.test(opening)) close(line.end, "paragraph");
  }
  close(text.length, "paragraph");
  return blocks;
}

interface Line {
  readonly start: number;
  /** After the newline. */
  readonly end: number;
}

function* linesOf(text: string): Generator<Line> {
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf("\n", start);
    const end = newline === -1 ? text.length : newline + 1;
    yield { start, end };
    start = end;
  }
}

function isBlank(text: string, { start, end }: Line): boolean {
  return text.slice(start, end).trim() === "";
}
