import type { EncodedFormat } from "../audio/encoded-formats.ts";

export interface Voice {
  /** What a client asks for: lower case, unique, e.g. `en-us`. */
  readonly id: string;
  readonly name: string;
  readonly engine: "espeak";
  /** What the engine calls it. */
  readonly engineVoice: string;
  /** BCP 47. */
  readonly language: string;
  readonly gender: "male" | "female" | "neutral" | null;
  /** Hz: the rate that the engine speaks at. Audio at any other rate is resampled from this. */
  readonly sampleRate: number;
  readonly formats: readonly EncodedFormat[];
}
