import type { EngineError, EngineErrorCode } from "../engines/engine-error.ts";

/** A segment failed, and failed again when it was tried once more. No audio is better than audio with a hole. */
export class SegmentError extends Error {
  override readonly name = "SegmentError";
  readonly code: EngineErrorCode;

  /** `segment` counts from 1. */
  constructor(
    readonly segment: number,
    override readonly cause: EngineError,
  ) {
    super(`segment ${segment} could not be spoken: ${cause.message}`, { cause });
    this.code = cause.code;
  }
}
