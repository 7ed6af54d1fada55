export { isSpeakable } from "./is-speakable.ts";
export type { Boundary, Segment } from "./segment.ts";
export { splitText } from "./split-text.ts";
