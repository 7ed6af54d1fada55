/**
 * Whether there is a letter or a digit: what every voice can say. Emoji and signs alone are silence in most
 * languages. Linear, and mostly answered by the first character.
 */
export function isSpeakable(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}
