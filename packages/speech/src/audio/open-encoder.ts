import type { AudioFormat } from "../voices/index.ts";
import type { AudioFileEncoder } from "./audio-file-encoder.ts";
import { openWavEncoder } from "./wav-encoder.ts";

export interface EncoderOptions {
  readonly format: AudioFormat;
  readonly sampleRate: number;
  /** Created, or emptied when it is there. */
  readonly path: string;
}

/** Opens the file at once, so that an unwritable place is known before anything is spoken. */
export async function openEncoder({ format, sampleRate, path }: EncoderOptions): Promise<AudioFileEncoder> {
  switch (format) {
    case "mp3": {
      // Loaded when first needed: 25 MB and 50 ms that a process without an mp3 to make never spends.
      const { openMp3Encoder } = await import("./mp3-encoder.ts");
      return openMp3Encoder(path, sampleRate);
    }
    case "wav":
      return openWavEncoder(path, sampleRate);
  }
}
