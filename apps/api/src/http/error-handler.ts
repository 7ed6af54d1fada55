import { AppError } from "@herald/shared/errors";
import { isRedisUnavailable } from "@herald/platform/redis/connect";
import type { ErrorRequestHandler, RequestHandler } from "express";
import { contextOf } from "./context.ts";
import { errorKinds } from "@herald/shared/error-kinds";
import { errorEnvelope } from "./error-envelope.ts";
import { refusalHeaders } from "./limit-headers.ts";

/** Whatever was thrown, as something with a name and a sentence that is safe to show. */
export function asAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) {
    return thrown;
  }
  if (thrown instanceof URIError) {
    return new AppError("invalid_request", "the path is not valid percent-encoding", { cause: thrown });
  }
  if (isRedisUnavailable(thrown)) {
    return new AppError("redis_unavailable", "the job store cannot be reached right now: try again shortly", {
      cause: thrown,
    });
  }
  return new AppError("internal_error", "something went wrong on our side", { cause: thrown });
}

/** The one place that turns a failure into an answer. */
// eslint-disable-next-line max-params, @typescript-eslint/no-unused-vars -- Express tells an error handler by its four parameters.
export const errorHandler: ErrorRequestHandler = (thrown: unknown, _req, res, _next) => {
  const error = asAppError(thrown);
  contextOf(res).failure = error;
  if (res.headersSent) {
    // Too late for another answer. A cut connection is the only way left to say that this one is not whole.
    res.destroy();
    return;
  }
  const { status, headers } = errorKinds[error.code];
  res.removeHeader("etag"); // It named the file that is not answered now.
  res
    .status(status)
    .set({ ...headers, ...refusalHeaders(error), "cache-control": "no-store" })
    .json(errorEnvelope(error));
};

/** Comes last: no route took the request. */
export const routeNotFound: RequestHandler = () => {
  throw new AppError("route_not_found", "there is nothing at this address");
};
