import type { Boundary } from "./segment.ts";

/** A part of the text, in UTF-16 code units. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A range and what follows it. */
export interface Piece extends Range {
  readonly boundary: Boundary;
}
