import type { Readable } from "node:stream";

/** First and last byte, both included, as in an HTTP `Range`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What the answer at a presigned URL is to say. */
export interface DirectDownload {
  /** It is part of what is signed. */
  readonly method: "GET" | "HEAD";
  readonly expiresInSeconds: number;
  readonly contentType: string;
  readonly contentDisposition: string;
  readonly cacheControl: string;
}

/**
 * Where finished audio lives. Every adapter passes `describeAudioStorage` in audio-storage.contract.ts.
 *
 * Keys are `part/part/name.ext`, each of `[A-Za-z0-9._-]` and not beginning with a dot; any other is a fault of the
 * caller and throws. A failure of the storage throws an AppError `storage_unavailable` with the detail as its cause.
 */
export interface AudioStorage {
  /**
   * Stores the whole stream, durably, or nothing: a reader never sees a part of it, and a stream that fails or a full
   * disk leaves nothing behind. Overwrites, because a retried attempt may write the same key again. What the stream
   * itself fails with is thrown as it is. The stream is destroyed when this throws.
   *
   * An aborted signal ends it at once, with the signal's reason, also while the storage hangs: what is stored after that is
   * removed again, as far as this process lives to do it.
   */
  put(key: string, audio: Readable, signal?: AbortSignal): Promise<{ bytes: number }>;

  /**
   * Resolves to null when the key is absent. With a range, only those bytes, as far as there are any. What is read is
   * what was stored when it was opened, also while the key is overwritten or removed. The caller reads the stream to
   * its end or destroys it.
   */
  open(key: string, range?: ByteRange): Promise<Readable | null>;

  /** Succeeds when the key is already gone. */
  remove(key: string): Promise<void>;

  /** Removes what interrupted writes left and nothing has written to since `olderThan`; resolves to how many there were. */
  removeAbandoned(olderThan: Date): Promise<number>;

  /** Throws `storage_unavailable` unless a write would succeed now. For readiness. */
  check(): Promise<void>;

  /**
   * A URL at which whoever holds it can read the audio from the storage itself until it expires, ranges included; null
   * when the key is absent. Only storage that clients can reach has it.
   */
  readonly presign?: (key: string, download: DirectDownload) => Promise<string | null>;
}
