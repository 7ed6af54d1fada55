import { AppError } from "@herald/shared/errors";
import { isJobId } from "@herald/shared/job";

/** Opaque to clients, so that it may become something else than the last job of their page. */
export function encodeCursor(lastJobId: string): string {
  return Buffer.from(lastJobId).toString("base64url");
}

export function parseCursor(cursor: string): string {
  const jobId = Buffer.from(cursor, "base64url").toString();
  if (!isJobId(jobId)) {
    throw new AppError("invalid_cursor", "cursor must be a next_cursor of an earlier answer", {
      param: "cursor",
    });
  }
  return jobId;
}
