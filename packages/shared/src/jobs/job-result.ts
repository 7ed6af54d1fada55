export interface JobAudio {
  /** The storage key of the one attempt that was committed. */
  readonly key: string;
  readonly contentType: string;
  readonly bytes: number;
  readonly durationSeconds: number;
  readonly sha256: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface JobError {
  readonly code: string;
  readonly message: string;
  /** 1-based number of the segment at fault, when one is. */
  readonly segment: number | null;
}
