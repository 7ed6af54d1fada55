import type { AudioFileEncoder } from "./audio-file-encoder.ts";
import type { EncodedFormat } from "./encoded-formats.ts";
import { createWavEncoder } from "./wav-encoder.ts";

export interface EncoderOptions {
  readonly format: EncodedFormat;
  /** Hz. */
  readonly sampleRate: number;
  /** Where the file is made once it is too large for memory. */
  readonly path: string;
}

/**
 * An encoder of mono 16 bit samples at `sampleRate` into one file of `format`. Nothing is written to `path` until the file is too
 * large for memory. `discard` it, whatever happens.
 */
export async function openEncoder({ format, sampleRate, path }: EncoderOptions): Promise<AudioFileEncoder> {
  switch (format) {
    case "mp3": {
      // Loaded when first needed: 25 MB and 50 ms that a process without an mp3 to make never spends.
      const { createMp3Encoder } = await import("./mp3-encoder.ts");
      return createMp3Encoder(path, sampleRate);
    }
    case "wav":
      return createWavEncoder(path, sampleRate);
  }
}
