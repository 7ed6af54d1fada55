import type { Guards, Routes } from "../http/mount.ts";
import { notForViewers } from "../http/roles.ts";
import { cancelJob, type CancelJobDeps } from "./cancel-job.ts";
import { createJobRoute, type CreateJobRouteDeps } from "./create-job.ts";
import { getJob, type GetJobDeps } from "./get-job.ts";
import { listJobs, type ListJobsDeps } from "./list-jobs.ts";

export type JobRoutesDeps = CancelJobDeps & CreateJobRouteDeps & GetJobDeps & ListJobsDeps;

export function jobRoutes(deps: JobRoutesDeps, { auth, recognize, json }: Guards): Routes {
  return {
    "/v1/tts/async": { post: [recognize, notForViewers, json, createJobRoute(deps)] },
    "/v1/jobs": { get: [auth, listJobs(deps)] },
    "/v1/jobs/:job_id": { get: [auth, getJob(deps)], delete: [auth, notForViewers, cancelJob(deps)] },
  };
}
