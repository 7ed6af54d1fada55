import { AppError } from "@herald/shared/errors";
import type { Request } from "express";

const PRINTABLE = /^[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?$/;

export function idempotencyKeyOf(req: Request): string | null {
  const key = req.get("idempotency-key");
  if (key === undefined) {
    return null;
  }
  if (!PRINTABLE.test(key)) {
    throw new AppError("invalid_request", "Idempotency-Key must be 1 to 255 printable ASCII characters", {
      param: "Idempotency-Key",
    });
  }
  return key;
}
