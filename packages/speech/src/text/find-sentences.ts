import { cutSafely } from "./cut-safely.ts";
import type { Range } from "./range.ts";

/** Intl.Segmenter slows down faster than its text grows: 1 MB at once takes half a minute, in windows 65 ms. */
const WINDOW_CHARS = 2000;

/** Sentences by Unicode's rules (UAX #29), which also end one at each newline; they cover the text without gaps. */
export function* findSentences(text: string, segmenter: Intl.Segmenter): Generator<Range> {
  let start = 0;
  let from = 0;
  while (from < text.length) {
    const until = Math.min(from + WINDOW_CHARS, text.length);
    const ends = sentenceEnds(text.slice(from, until), from, segmenter);
    // Whatever touches the end of the window may go on beyond it: the next window begins there.
    if (until < text.length) ends.pop();
    for (const end of ends) {
      yield { start, end };
      start = end;
    }
    from = ends.at(-1) ?? cutSafely(text, from, until);
  }
  if (start < text.length) yield { start, end: text.length };
}

/** Where each sentence ends is where the next begins; asking for its text as well would copy the whole window. */
function sentenceEnds(window: string, offset: number, segmenter: Intl.Segmenter): number[] {
  const ends: number[] = [];
  for (const { index } of segmenter.segment(window)) if (index > 0) ends.push(offset + index);
  ends.push(offset + window.length);
  return ends;
}
