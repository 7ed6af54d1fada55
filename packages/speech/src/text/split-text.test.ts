import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { isSpeakable } from "./is-speakable.ts";
import { splitText } from "./split-text.ts";

const OPTIONS = { language: "en", targetChars: 250, maxChars: 400 };
/** So small that each sentence is a segment of its own. */
const ONE_BY_ONE = { language: "en", targetChars: 1, maxChars: 400 };

const texts = (text: string, options = ONE_BY_ONE) => splitText(text, options).map((segment) => segment.text);

describe("splitText", () => {
  it.each([
    ["after a title", "Dr. Smith met Mrs. Jones at the long table today."],
    ["at initials", "The book by J. R. R. Tolkien was read by everyone in town."],
    ["in a number", "It costs $9.99 and weighs 3.14 kilograms without its box."],
    ["before what somebody said", '"Stop right there, all of you!" he said to the crowd.'],
    ["where the author's editor wrapped", "This sentence goes on\nover a second line and ends here."],
  ])("does not cut %s", (_where, text) => {
    expect(texts(text)).toHaveLength(1);
  });

  it("cuts between sentences, and knows a paragraph from a sentence", () => {
    const text =
      "The first sentence is long enough. The second one is too, surely.\n\nAnother paragraph begins right here.";

    expect(splitText(text, ONE_BY_ONE).map((segment) => segment.boundary)).toEqual([
      "sentence",
      "paragraph",
      "paragraph",
    ]);
  });

  it("cuts Japanese and Hindi by their own full stops", () => {
    expect(
      splitText("これは最初の文です。".repeat(60), { ...OPTIONS, language: "ja" }).length,
    ).toBeGreaterThan(1);
    expect(splitText("यह पहला वाक्य है। ".repeat(60), { ...OPTIONS, language: "hi" }).length).toBeGreaterThan(
      1,
    );
  });

  it("skips what has nothing to say, and has no segment for a text of nothing else", () => {
    expect(texts("Before the break.\n\n* * *\n\nAfter the break.")).toEqual([
      "Before the break.",
      "After the break.",
    ]);
    expect(splitText(" ... \n\u200b!? ", OPTIONS)).toEqual([]);
  });

  const prose = fc
    .array(
      fc.oneof(
        fc.string({ unit: "grapheme", maxLength: 60 }),
        fc.constantFrom("Dr. ", "end. Next", "\n\n", "\r\n", "👩‍👩‍👧", "𝒳", "ß", "a".repeat(500), " ", "。"),
      ),
      { maxLength: 40 },
    )
    .map((parts) => parts.join(""));

  it("loses no letter or digit, invents none and keeps their order", () => {
    const spoken = (text: string) => text.match(/[\p{L}\p{N}]/gu)?.join("") ?? "";
    fc.assert(
      fc.property(prose, (text) => {
        const between = splitText(text, OPTIONS).map(({ start, end }) => text.slice(start, end));
        expect(between.map(spoken).join("")).toBe(spoken(text));
      }),
    );
  });

  it("makes no segment that is empty, too long or torn within a surrogate pair", () => {
    fc.assert(
      fc.property(prose, (text) => {
        for (const segment of splitText(text, OPTIONS)) {
          expect(isSpeakable(segment.text)).toBe(true);
          expect(Array.from(segment.text).length).toBeLessThanOrEqual(OPTIONS.maxChars);
          expect(Buffer.from(segment.text).toString()).toBe(segment.text);
        }
      }),
    );
  });

  // Intl.Segmenter over the whole needs half a minute for this; the limit tells that apart, and nothing finer.
  it("gets through a million characters in windows", () => {
    const text = "It was a bright cold day, and the clocks were striking thirteen times. ".repeat(14_000);

    expect(splitText(text, OPTIONS).length).toBeGreaterThan(3000);
  }, 5000);
});
