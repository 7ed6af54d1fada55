import { messageOf, type AppError } from "@herald/shared/errors";
import type { LogFields, Logger, LogLevel } from "@herald/platform/logging/logger";
import type { Request, RequestHandler, Response } from "express";
import { contextOf } from "./context.ts";
import { errorKinds } from "@herald/shared/error-kinds";

export interface RequestFacts {
  readonly method: string;
  /** The pattern, not the path: as a metric's label it must be one of few. */
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
}

export interface ObserveRequestsDeps {
  readonly logger: Logger;
  readonly onRequest: (facts: RequestFacts) => void;
}

/** Probes ask every few seconds and say nothing about what Herald does. */
const PROBES = new Set(["/health/live", "/health/ready", "/metrics"]);
const METHODS = new Set(["GET", "HEAD", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"]);

/** One wide log line and one observation per request, when its connection is through with it, however that came about. */
export function observeRequests({ logger, onRequest }: ObserveRequestsDeps): RequestHandler {
  return (req, res, next) => {
    const { socket } = req;
    const bytesBefore = socket.bytesWritten;
    res.once("close", () => {
      const facts = factsOf(req, res);
      const bytes = socket.bytesWritten - bytesBefore;
      onRequest(facts);
      logger[levelOf(facts, res)]("request.finished", { ...describe(facts, res), bytes });
    });
    next();
  };
}

function factsOf(req: Request, res: Response): RequestFacts {
  const route = (req.route as { readonly path: string } | undefined)?.path ?? "unmatched";
  return {
    method: METHODS.has(req.method) ? req.method : "other",
    route: contextOf(res).route ?? route,
    status: res.statusCode,
    durationMs: Math.round((performance.now() - contextOf(res).receivedAt) * 10) / 10,
  };
}

/** A client's mistake is no concern of the operator's; Redis being away is, and a fault of ours even more. */
function levelOf({ route }: RequestFacts, res: Response): LogLevel {
  const { failure } = contextOf(res);
  if (PROBES.has(route)) return "debug";
  const status = failure === null ? 200 : errorKinds[failure.code].status;
  if (status < 500) return "info";
  return status === 500 ? "error" : "warn";
}

/** Never the URL: its query may hold a signed link's token. */
function describe({ method, route, status, durationMs }: RequestFacts, res: Response): LogFields {
  const { requestId, tenant, key, jobId, failure } = contextOf(res);
  return {
    method,
    route,
    status,
    duration_ms: durationMs,
    request_id: requestId,
    ...(tenant !== null && { tenant }),
    ...(key !== null && { key_id: key.keyId }),
    ...(jobId !== null && { job_id: jobId }),
    ...(failure !== null && { code: failure.code }),
    ...causeOf(failure),
    ...(!res.writableFinished && { aborted: true }),
  };
}

/** A fault of ours needs its stack. Of what is away, a word is enough: there may be thousands of these lines. */
function causeOf(failure: AppError | null): LogFields {
  if (failure === null || errorKinds[failure.code].status < 500) return {};
  const isOurs = errorKinds[failure.code].status === 500;
  return isOurs ? { error: failure } : { reason: messageOf(failure.cause ?? failure) };
}
