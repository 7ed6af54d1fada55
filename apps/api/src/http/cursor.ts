import { AppError } from "@herald/shared/errors";
import { isJobId } from "@herald/shared/jobs/ids";
import { isPlaceInList } from "@herald/webhooks/deliveries/list-deliveries";

/** Opaque to clients, so that it may become something else than the last one of their page. */
export function encodeCursor(last: string): string {
  return Buffer.from(last).toString("base64url");
}

export function parseCursor(cursor: string): string {
  const jobId = Buffer.from(cursor, "base64url").toString();
  if (!isJobId(jobId)) {
    throw invalidCursor("cursor");
  }
  return jobId;
}

export function parseDeliveryCursor(cursor: string): string {
  const place = Buffer.from(cursor, "base64url").toString();
  if (!isPlaceInList(place)) {
    throw invalidCursor("after");
  }
  return place;
}

function invalidCursor(param: string): AppError {
  return new AppError("invalid_cursor", `${param} must be a next_cursor of an earlier answer`, { param });
}
