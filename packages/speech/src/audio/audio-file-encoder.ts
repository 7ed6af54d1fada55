import type { Readable } from "node:stream";

export interface EncodedAudio {
  /** Of the finished file, as players show it: an mp3 is longer than its samples by the encoder's own padding. */
  readonly durationSeconds: number;
  readonly bytes: number;
  /** The whole file, until it is discarded. */
  readonly read: () => Readable;
}

/** Streams mono samples into one file. Fails with the file system's own error. */
export interface AudioFileEncoder {
  /** Resolves when more may be written; waits for its predecessors, so memory stays bounded. */
  write(samples: Int16Array): Promise<void>;
  /** Completes the headers: the file is whole once this resolves. */
  finish(): Promise<EncodedAudio>;
  /** Leaves nothing behind. May be called at any time, also after a failure and twice. */
  discard(): Promise<void>;
}
