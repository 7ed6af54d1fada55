import { countCodePoints } from "./code-points.ts";
import type { Piece, Range } from "./range.ts";
import type { SplitOptions } from "./segment.ts";
import { splitLongSentence } from "./split-long-sentence.ts";

/** A shorter utterance sounds clipped on its own, so it goes along with the one before it. */
const MIN_CHARS = 25;

/** Gathers a block's sentences into pieces of about `targetChars`. */
export function packSentences(text: string, sentences: Iterable<Range>, options: SplitOptions): Piece[] {
  const pieces: Piece[] = [];
  let room = 0;
  for (const sentence of sentences) {
    for (const part of splitLongSentence(text, sentence, options)) {
      const chars = countCodePoints(text, part);
      const previous = pieces.at(-1);
      const wanted = chars < MIN_CHARS ? room + options.maxChars - options.targetChars : room;
      if (previous?.boundary === "sentence" && chars <= wanted) {
        pieces[pieces.length - 1] = { ...part, start: previous.start };
        room -= chars;
      } else {
        pieces.push(part);
        room = options.targetChars - chars;
      }
    }
  }
  return pieces;
}
