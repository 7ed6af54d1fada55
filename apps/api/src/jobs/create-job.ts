import type { Limits } from "@herald/shared/jobs/limits";
import { synthesisRequestSchema } from "@herald/shared/jobs/synthesis-request";
import type { CreatedJob, JobSubmission } from "@herald/jobs/admission/create-job";
import type { RequestHandler } from "express";
import { contextOf, keyOf, tenantOf } from "../http/context.ts";
import { idempotencyKeyOf } from "./idempotency-key.ts";
import { rateLimitHeaders } from "../http/limit-headers.ts";
import { parseInput } from "../http/parse-input.ts";
import { resolveRequest, type ResolveRequestDeps } from "./resolve-request.ts";
import { presentOneJob, type PresentJobsDeps } from "./present-jobs.ts";

export interface CreateJobRouteDeps extends ResolveRequestDeps, PresentJobsDeps {
  readonly createJob: (submission: JobSubmission) => Promise<CreatedJob>;
  /** Each holds for a key that does not set this limit itself. */
  readonly defaultLimits: Limits;
  readonly maxTextChars: number;
  readonly now: () => Date;
}

/** POST /v1/tts/async */
export function createJobRoute(deps: CreateJobRouteDeps): RequestHandler {
  const { createJob, defaultLimits, maxTextChars, now } = deps;
  const schema = synthesisRequestSchema({ maxTextChars });

  return async (req, res) => {
    const body = parseInput(schema, req.body);
    const { keyId, limits: own } = keyOf(res);
    const limits = { ...defaultLimits, ...own };
    const { job, replayed, left } = await createJob({
      tenant: tenantOf(res),
      keyId,
      keyHash: contextOf(res).keyHash,
      limits,
      request: resolveRequest(body, contextOf(res).requestId, deps),
      text: body.text,
      idempotencyKey: idempotencyKeyOf(req),
      now: now(),
    });
    contextOf(res).jobId = job.id;
    if (replayed) {
      res.set("idempotent-replayed", "true");
    }
    if (left !== null) {
      res.set(rateLimitHeaders(limits, left));
    }
    res
      .status(202)
      .location(`/v1/jobs/${job.id}`)
      .json(await presentOneJob(job, deps));
  };
}
