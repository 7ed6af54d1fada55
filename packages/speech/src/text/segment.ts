/** Where in the text a segment ends, which decides how long the pause after it is. */
export type Boundary = "forced" | "clause" | "sentence" | "paragraph";

/** A piece of text spoken in one go. */
export interface Segment {
  readonly text: string;
  /** Where it stands in the source, in UTF-16 code units. */
  readonly start: number;
  readonly end: number;
  readonly boundary: Boundary;
}

export interface SplitOptions {
  /** BCP 47. */
  readonly language: string;
  /** Code points that a segment should have, so that it neither sounds cut off nor waits for long. */
  readonly targetChars: number;
  /** Code points that no segment exceeds. */
  readonly maxChars: number;
}
