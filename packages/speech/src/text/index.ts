export { isSpeakable } from "./is-speakable.ts";
export type { Boundary, Segment, SplitOptions } from "./segment.ts";
export { splitText } from "./split-text.ts";
