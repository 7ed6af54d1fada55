import { presentJob, synthesisRequestSchema, type JobLinks } from "@herald/shared/job";
import type { CreatedJob, JobSubmission } from "@herald/shared/store";
import type { RequestHandler } from "express";
import { contextOf, tenantOf } from "../http/context.ts";
import { idempotencyKeyOf } from "../http/idempotency-key.ts";
import { parseInput } from "../http/parse-input.ts";
import { resolveRequest, type ResolveRequestDeps } from "../resolve-request.ts";

export interface CreateJobRouteDeps extends ResolveRequestDeps {
  readonly createJob: (submission: JobSubmission) => Promise<CreatedJob>;
  readonly maxTextChars: number;
  readonly links: JobLinks;
  readonly now: () => Date;
}

/** POST /v1/tts/async */
export function createJobRoute(deps: CreateJobRouteDeps): RequestHandler {
  const { createJob, maxTextChars, links, now } = deps;
  const schema = synthesisRequestSchema({ maxTextChars });

  return async (req, res) => {
    const body = parseInput(schema, req.body);
    const { job, replayed } = await createJob({
      tenant: tenantOf(res),
      request: resolveRequest(body, contextOf(res).requestId, deps),
      text: body.text,
      idempotencyKey: idempotencyKeyOf(req),
      now: now(),
    });
    contextOf(res).jobId = job.id;
    if (replayed) {
      res.set("idempotent-replayed", "true");
    }
    res.status(202).location(`/v1/jobs/${job.id}`).json(presentJob(job, links));
  };
}
