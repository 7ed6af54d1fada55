import { setTimeout as sleep } from "node:timers/promises";

import { AudioData, AudioEncoder, type EncodedAudioChunk } from "@napi-rs/webcodecs";

import type { AudioFileEncoder, EncodedAudio } from "./audio-file-encoder.ts";
import { mp3InfoFrame } from "./mp3-info-frame.ts";
import { ScratchFile } from "./scratch-file.ts";

/** Transparent for one voice at each rate; MPEG-2.5 and MPEG-2 allow no more than 64 and 160 kbit/s. */
const BITRATES: Readonly<Record<number, number>> = {
  8000: 24_000,
  16_000: 48_000,
  22_050: 64_000,
  24_000: 64_000,
};
const FULL_BITRATE = 96_000;
/** MPEG-1 Layer III frames hold twice as many samples as those of the lower rates' MPEG-2 and 2.5. */
const MPEG1_MIN_SAMPLE_RATE = 32_000;
/** LAME's ENCDELAY: what it puts before the first sample. */
const DELAY_SAMPLES = 576;

export function createMp3Encoder(path: string, sampleRate: number): AudioFileEncoder {
  return new Mp3Encoder(new ScratchFile(path), sampleRate);
}

/**
 * LAME works on its own thread and is given one second at a time. An mp3 file is its frames one after another; only the
 * first, which describes the others, is made here.
 */
class Mp3Encoder implements AudioFileEncoder {
  readonly #file: ScratchFile;
  readonly #sampleRate: number;
  readonly #encoder: AudioEncoder;
  #encoded: EncodedAudioChunk[] = [];
  #firstFrame: Uint8Array | null = null;
  #samples = 0;
  #frames = 0;
  #failure: Error | null = null;

  constructor(file: ScratchFile, sampleRate: number) {
    this.#file = file;
    this.#sampleRate = sampleRate;
    this.#encoder = new AudioEncoder({
      output: (chunk) => {
        this.#encoded.push(chunk);
      },
      error: (error) => {
        this.#failure ??= error;
      },
    });
    const bitrate = BITRATES[sampleRate] ?? FULL_BITRATE;
    this.#encoder.configure({ codec: "mp3", sampleRate, numberOfChannels: 1, bitrate });
  }

  async write(samples: Int16Array): Promise<void> {
    for (let at = 0; at < samples.length; at += this.#sampleRate) {
      this.#encode(samples.subarray(at, at + this.#sampleRate));
      await this.#untilEncoded();
      await this.#storeEncoded();
    }
  }

  async finish(): Promise<EncodedAudio> {
    await this.#encoder.flush();
    await this.#storeEncoded();
    await this.#file.write(this.#infoFrame(), 0);
    this.#closeEncoder();
    return {
      durationSeconds: (this.#frames * this.#frameSamples) / this.#sampleRate,
      bytes: this.#file.bytes,
      read: () => this.#file.read(),
    };
  }

  async discard(): Promise<void> {
    this.#closeEncoder();
    await this.#file.remove();
  }

  #encode(slice: Int16Array): void {
    const audio = new AudioData({
      data: slice,
      format: "s16",
      numberOfChannels: 1,
      numberOfFrames: slice.length,
      sampleRate: this.#sampleRate,
      timestamp: Math.round((this.#samples / this.#sampleRate) * 1e6),
    });
    this.#encoder.encode(audio);
    audio.close();
    this.#samples += slice.length;
  }

  /**
   * Polled, because the encoder's own dequeue event does not come every time. Until the queue is empty and not only
   * short, because `encode` would block this thread while the other one is at work.
   */
  async #untilEncoded(): Promise<void> {
    while (this.#encoder.encodeQueueSize > 0 && this.#failure === null) await sleep(1);
  }

  async #storeEncoded(): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    const frames = this.#encoded.map(bytesOf);
    this.#encoded = [];
    const [first] = frames;
    if (first === undefined) return;
    this.#firstFrame ??= first;
    this.#frames += frames.length;
    // The info frame stands before the first audio frame. Its place is kept free until everything in it is known.
    await this.#file.write(Buffer.concat(frames), Math.max(this.#file.bytes, this.#firstFrame.byteLength));
  }

  #infoFrame(): Buffer {
    const paddingSamples = this.#frames * this.#frameSamples - DELAY_SAMPLES - this.#samples;
    if (this.#firstFrame === null || paddingSamples < 0) throw new Error("the mp3 encoder lost audio");
    return mp3InfoFrame({
      frame: this.#firstFrame,
      frames: this.#frames,
      frameBytes: this.#file.bytes - this.#firstFrame.byteLength,
      delaySamples: DELAY_SAMPLES,
      paddingSamples,
    });
  }

  get #frameSamples(): number {
    return this.#sampleRate < MPEG1_MIN_SAMPLE_RATE ? 576 : 1152;
  }

  #closeEncoder(): void {
    if (this.#encoder.state !== "closed") this.#encoder.close();
  }
}

function bytesOf(chunk: EncodedAudioChunk): Uint8Array {
  const bytes = new Uint8Array(chunk.byteLength);
  chunk.copyTo(bytes);
  return bytes;
}
