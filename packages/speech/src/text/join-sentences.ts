import { isSpeakable } from "./is-speakable.ts";
import type { Range } from "./range.ts";

/** Without their last dot, in lower case. Joining too much costs nothing: the voice still pauses at a full stop. */
const ABBREVIATIONS = new Set(
  (
    "mr mrs ms dr prof rev hon gen col capt lt sgt st mt ft jr sr vs no nos vol fig figs ch p pp ed eds inc ltd co " +
    "corp dept est approx e.g i.e cf al nr hr fr str bzw ca z.b d.h u.a mme mlle sra dra ud uds av"
  ).split(" "),
);

const LAST_WORD = /([\p{L}.]+)\.$/u;
const INITIAL = /^\p{Lu}$/u;
const LIST_NUMBER = /^\(?\d{1,3}[.)]$/u;
const LOWER_CASE_START = /^[\s"'“”‘’«»)\]]*\p{Ll}/u;
const EDGE_CHARS = 24;

/**
 * Puts together what the Unicode rules cut apart: after an abbreviation or an initial, before a lower-case letter
 * ("Stop!" he said), after a list number, and around pieces with nothing to say.
 */
export function* joinSentences(text: string, sentences: Iterable<Range>): Generator<Range> {
  let current: (Range & { readonly speakable: boolean }) | null = null;
  for (const sentence of sentences) {
    const next = { ...sentence, speakable: isSpeakable(text.slice(sentence.start, sentence.end)) };
    if (current === null) {
      current = next;
    } else if (!current.speakable || !next.speakable || belongTogether(text, current, next)) {
      current = { start: current.start, end: next.end, speakable: current.speakable || next.speakable };
    } else {
      yield current;
      current = next;
    }
  }
  if (current !== null) yield current;
}

function belongTogether(text: string, before: Range, after: Range): boolean {
  const tail = text.slice(Math.max(before.start, before.end - EDGE_CHARS), before.end).trim();
  const head = text.slice(after.start, Math.min(after.end, after.start + EDGE_CHARS));
  return LOWER_CASE_START.test(head) || LIST_NUMBER.test(tail) || endsInAbbreviation(tail);
}

function endsInAbbreviation(tail: string): boolean {
  if (!tail.endsWith(".")) return false;
  const word = LAST_WORD.exec(tail)?.[1];
  if (word === undefined) return false;
  const [lastLetter = ""] = word.split(".").slice(-1);
  const isInitial = INITIAL.test(lastLetter);
  return isInitial || ABBREVIATIONS.has(word.toLowerCase());
}
