/** Invisible and silent, or worse: bidirectional marks, soft hyphens. Joiners stay: Persian and emoji need them. */
const INVISIBLE = /[\u00AD\u200B\u200E\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFEFF\p{Cs}]/gu;
const LIST_MARKER = /^\s*(?:[-*•‣◦]|#{1,6})\s/u;

const NEEDS_WORK = /[^\x20-\x7E]| {2}/u;

/** What is spoken of a part of the source: one line, single spaces, nothing unseen, no list or heading marker. */
export function cleanText(part: string): string {
  const text = part.replace(LIST_MARKER, "").trim();
  if (!NEEDS_WORK.test(text)) return text;
  return text
    .replaceAll(INVISIBLE, "")
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .trim();
}
