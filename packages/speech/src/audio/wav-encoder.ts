import { endianness } from "node:os";

import type { AudioFileEncoder, EncodedAudio } from "./audio-file-encoder.ts";
import { ScratchFile } from "./scratch-file.ts";

const HEADER_BYTES = 44;
const BYTES_PER_SAMPLE = 2;
/** RIFF counts in 32 bits. */
const MAX_DATA_BYTES = 2 ** 32 - 1 - HEADER_BYTES;

/** 16 bit mono PCM. Written by hand: the general muxer costs three times as much, and there is only this header. */
export function createWavEncoder(path: string, sampleRate: number): AudioFileEncoder {
  return new WavEncoder(new ScratchFile(path), sampleRate);
}

class WavEncoder implements AudioFileEncoder {
  readonly #file: ScratchFile;
  readonly #sampleRate: number;
  #dataBytes = 0;

  constructor(file: ScratchFile, sampleRate: number) {
    this.#file = file;
    this.#sampleRate = sampleRate;
  }

  async write(samples: Int16Array): Promise<void> {
    const position = HEADER_BYTES + this.#dataBytes;
    this.#dataBytes += samples.byteLength;
    if (this.#dataBytes > MAX_DATA_BYTES) throw new Error("a wav file cannot hold more than 4 GiB");
    await this.#file.write(littleEndian(samples), position);
  }

  async finish(): Promise<EncodedAudio> {
    await this.#file.write(this.#header(), 0);
    const durationSeconds = this.#dataBytes / BYTES_PER_SAMPLE / this.#sampleRate;
    return { durationSeconds, bytes: HEADER_BYTES + this.#dataBytes, read: () => this.#file.read() };
  }

  discard(): Promise<void> {
    return this.#file.remove();
  }

  /** "Multimedia Programming Interface and Data Specifications 1.0" (Microsoft, 1991), WAVE with a PCM fmt chunk. */
  #header(): Buffer {
    const header = Buffer.alloc(HEADER_BYTES);
    header.write("RIFF", 0, "latin1");
    header.writeUInt32LE(HEADER_BYTES - 8 + this.#dataBytes, 4);
    header.write("WAVEfmt ", 8, "latin1");
    header.writeUInt32LE(16, 16);
    header.writeUInt16LE(1, 20);
    header.writeUInt16LE(1, 22);
    header.writeUInt32LE(this.#sampleRate, 24);
    header.writeUInt32LE(this.#sampleRate * BYTES_PER_SAMPLE, 28);
    header.writeUInt16LE(BYTES_PER_SAMPLE, 32);
    header.writeUInt16LE(8 * BYTES_PER_SAMPLE, 34);
    header.write("data", 36, "latin1");
    header.writeUInt32LE(this.#dataBytes, 40);
    return header;
  }
}

function littleEndian(samples: Int16Array): Buffer {
  const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  return endianness() === "LE" ? bytes : Buffer.from(bytes).swap16();
}
