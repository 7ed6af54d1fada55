import { AppError } from "@herald/shared/errors";
import { isJobId } from "@herald/shared/jobs/ids";
import type { Job } from "@herald/shared/jobs/job";
import type { JobStore } from "@herald/jobs/record/job-store";
import type { Request, Response } from "express";
import { contextOf, tenantOf } from "../http/context.ts";

/** The job that the path names. Another tenant's, or a name that no job could have, is simply not there. */
export async function findJob(jobs: Pick<JobStore, "find">, req: Request, res: Response): Promise<Job> {
  const jobId = String(req.params["job_id"]);
  const job = isJobId(jobId) ? await jobs.find({ tenant: tenantOf(res), jobId }) : null;
  if (job === null) {
    throw new AppError("job_not_found", "there is no such job", { param: "job_id" });
  }
  contextOf(res).jobId = job.id;
  return job;
}
