import { presentJob, type JobLinks } from "@herald/shared/job";
import type { JobStore } from "@herald/shared/store";
import type { RequestHandler } from "express";
import { findJob } from "../http/find-job.ts";

export interface GetJobDeps {
  readonly jobs: Pick<JobStore, "find">;
  readonly links: JobLinks;
}

/** GET /v1/jobs/:job_id */
export function getJob({ jobs, links }: GetJobDeps): RequestHandler {
  return async (req, res) => {
    res.json(presentJob(await findJob(jobs, req, res), links));
  };
}
