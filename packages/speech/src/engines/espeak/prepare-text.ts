/**
 * Plain text as eSpeak must be given it. It takes its input for SSML, treats `[[...]]` as phonemes and \x01 as the
 * start of a command, stops at a NUL, and drops the end of any "word" past its buffers (measured: about 50 Cyrillic
 * or 65 kana letters, 30 digits, 12 emoji), which would leave a hole in the audio.
 */
export function prepareText(text: string): string {
  const plain = text.replaceAll(CONTROLS, " ").replaceAll(STYLED, (styled) => styled.normalize("NFKC"));
  const broken = LONG_RUNS.reduce((rest, run) => rest.replaceAll(run, "$& "), plain);
  return broken
    .replaceAll("[[", "[ [")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

const CONTROLS = /[\p{Cc}\p{Cs}]/gu;

/** Circled, mathematical, ligature and full-width forms: silent or spelt out as they are, plain once decomposed. */
const STYLED = /[\u2460-\u24FF\uFB00-\uFB06\uFF01-\uFF5E\u{1D400}-\u{1D7FF}]/gu;

const LONG_RUNS = [
  /[\p{L}\p{M}]{36,}?(?=\p{L})/gu,
  /\p{Nd}{24}(?=\p{Nd})/gu,
  /(?:\p{Extended_Pictographic}(?:\uFE0F|[\u{1F3FB}-\u{1F3FF}])?){8}(?=\p{Extended_Pictographic})/gu,
];
