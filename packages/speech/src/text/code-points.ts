import type { Range } from "./range.ts";

/** How many code points the range has. A surrogate without its other half counts as one. */
export function countCodePoints(text: string, { start, end }: Range): number {
  let pairs = 0;
  for (let index = start; index < end - 1; index += 1) if (isPair(text, index)) pairs += 1;
  return end - start - pairs;
}

/** The index after `count` code points from `start`, or the end of the text. */
export function indexAfter(text: string, start: number, count: number): number {
  let index = start;
  for (let passed = 0; passed < count && index < text.length; passed += 1)
    index += isPair(text, index) ? 2 : 1;
  return index;
}

function isPair(text: string, index: number): boolean {
  return (text.charCodeAt(index) & 0xfc_00) === 0xd8_00 && (text.charCodeAt(index + 1) & 0xfc_00) === 0xdc_00;
}
