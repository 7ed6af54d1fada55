import type { ErrorRequestHandler } from "express";
import { contextOf } from "../http/context.ts";
import { errorKinds } from "@herald/shared/error-kinds";
import { errorEnvelope } from "../http/error-envelope.ts";
import { asAppError } from "../http/error-handler.ts";

/**
 * Herald's envelope, with what Bull Board's page looks for: `error.key` is its headline and `message` what stands below.
 * A key that its translations do not know is shown as it is.
 */
// eslint-disable-next-line max-params -- Express tells an error handler by its four parameters.
export const boardErrorHandler: ErrorRequestHandler = (thrown: unknown, req, res, next) => {
  if (res.headersSent || !req.path.startsWith("/api/")) {
    next(thrown);
    return;
  }
  const error = asAppError(thrown);
  contextOf(res).failure = error;
  const { status, headers } = errorKinds[error.code];
  const { error: envelope } = errorEnvelope(error);
  const body = { error: { ...envelope, key: error.code.replaceAll("_", " ") }, message: error.message };
  res
    .status(status)
    .set({ ...headers, "cache-control": "no-store" })
    .json(body);
};
