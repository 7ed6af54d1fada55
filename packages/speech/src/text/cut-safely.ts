const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Longer than any character that people write; a letter under more accents than this is cut between two of them. */
const CONTEXT_CHARS = 64;

/** The last place up to `limit` where `text` can be cut without breaking a character; always after `start`. */
export function cutSafely(text: string, start: number, limit: number): number {
  if (limit >= text.length) return text.length;
  const from = Math.max(start, limit - CONTEXT_CHARS);
  const context = text.slice(from, limit + CONTEXT_CHARS);
  const cut = from + (graphemes.segment(context).containing(limit - from)?.index ?? 0);
  if (cut > from) return cut;
  return isInsidePair(text, limit) ? limit + 1 : limit;
}

function isInsidePair(text: string, index: number): boolean {
  return (text.codePointAt(index - 1) ?? 0) > 0xff_ff;
}
