import { AppError } from "@herald/shared/errors";
import type { JobError } from "@herald/shared/jobs/job-result";
import { EngineError } from "@herald/speech/engines/engine-error";
import { SegmentError } from "@herald/speech/speak/segment-error";
import { JobTimeoutError } from "./job-timeout-error.ts";

/** `final`: another try would fail again. `passing`: another try, perhaps on another machine, may succeed. */
export interface Fault {
  readonly kind: "final" | "passing";
  readonly error: JobError;
}

/** What a client is told of a failure. The thrown error itself is for the log. */
export function classifyFault(thrown: unknown): Fault {
  if (thrown instanceof SegmentError) {
    return withSegment(classifyFault(thrown.cause), thrown.segment);
  }
  if (thrown instanceof EngineError) {
    const kind = thrown.code === "unspeakable_text" ? "final" : "passing";
    return { kind, error: { code: thrown.code, message: ENGINE_FAULTS[thrown.code], segment: null } };
  }
  if (thrown instanceof AppError) {
    return { kind: "passing", error: { code: thrown.code, message: thrown.message, segment: null } };
  }
  if (thrown instanceof JobTimeoutError) {
    return { kind: "final", error: { code: "timeout", message: TIMEOUT_FAULT, segment: null } };
  }
  if (isFullOrUnwritable(thrown)) {
    return { kind: "passing", error: { code: "storage_unavailable", message: STORAGE_FAULT, segment: null } };
  }
  return {
    kind: "passing",
    error: { code: "internal_error", message: "an unexpected error", segment: null },
  };
}

const ENGINE_FAULTS: Readonly<Record<EngineError["code"], string>> = {
  engine_failed: "the speech engine failed",
  engine_timeout: "the speech engine took too long",
  unspeakable_text: "the speech engine finds nothing to speak in this segment",
};

const TIMEOUT_FAULT = "the job took longer than this service lets a job take";
const STORAGE_FAULT = "the audio could not be stored";

function withSegment({ kind, error }: Fault, segment: number): Fault {
  return { kind, error: { ...error, message: `${error.message} (segment ${segment})`, segment } };
}

/** Codes of a disk that is full, gone or closed to us, from the scratch file's side. */
const DISK_FAULTS: ReadonlySet<string> = new Set([
  "ENOSPC",
  "EDQUOT",
  "EROFS",
  "EACCES",
  "EIO",
  "ENOENT",
  "EMFILE",
]);

function isFullOrUnwritable(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && DISK_FAULTS.has(String(thrown.code));
}
