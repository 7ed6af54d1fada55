import type { Readable } from "node:stream";

export interface EncodedAudio {
  /** How long players say the finished file is: for mp3, the encoder's padding included. */
  readonly durationSeconds: number;
  readonly bytes: number;
  /** The whole file, until it is discarded. */
  readonly read: () => Readable;
}

/** Streams mono samples into one file. Fails with the file system's own error. */
export interface AudioFileEncoder {
  /** Resolves when more may be written. It waits for the writes before it, so memory stays bounded. */
  write(samples: Int16Array): Promise<void>;
  /** Completes the headers: the file is whole once this resolves. */
  finish(): Promise<EncodedAudio>;
  /** Leaves nothing behind. May be called at any time, also after a failure and twice. */
  discard(): Promise<void>;
}
