import type { JobStore } from "@herald/jobs/record/job-store";
import type { RequestHandler } from "express";
import { findJob } from "./find-job.ts";
import { presentOneJob, type PresentJobsDeps } from "./present-jobs.ts";

export interface GetJobDeps extends PresentJobsDeps {
  readonly jobs: Pick<JobStore, "find">;
}

/** GET /v1/jobs/:job_id */
export function getJob(deps: GetJobDeps): RequestHandler {
  return async (req, res) => {
    res.json(await presentOneJob(await findJob(deps.jobs, req, res), deps));
  };
}
