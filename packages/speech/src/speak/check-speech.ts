import type { Speech } from "../engines/engine.ts";
import { EngineError } from "../engines/engine-error.ts";

/** Measured over voices and scripts: from 0.045 s for a vowel in a row to 1.1 s for a sign the voice must spell out. */
const MIN_SECONDS_PER_LETTER = 0.01;
const MAX_SECONDS_PER_CHAR = 2.5;
const MAX_EXTRA_SECONDS = 3;

export interface SpokenText {
  readonly text: string;
  readonly speed: number;
}

/**
 * Throws an EngineError when `speech`, trimmed of silence, is too short or too long to be the whole text and nothing else:
 * `unspeakable_text` when it is empty, `engine_failed` otherwise.
 */
export function checkSpeech({ samples, sampleRate }: Speech, { text, speed }: SpokenText): void {
  if (samples.length === 0) throw new EngineError("unspeakable_text", "the voice is silent about this text");
  const seconds = (samples.length / sampleRate) * speed;
  const letters = text.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
  if (seconds < letters * MIN_SECONDS_PER_LETTER) {
    throw new EngineError(
      "engine_failed",
      `${seconds.toFixed(2)} s of audio is too short for ${letters} letters`,
    );
  }
  if (seconds > text.length * MAX_SECONDS_PER_CHAR + MAX_EXTRA_SECONDS) {
    throw new EngineError(
      "engine_failed",
      `${seconds.toFixed(2)} s of audio is too long for ${text.length} characters`,
    );
  }
}
