import { AppError } from "@herald/shared/errors";
import type { Job } from "@herald/shared/jobs/job";
import { cancel, isTerminal } from "@herald/shared/jobs/status";
import type { JobRef } from "@herald/platform/redis/keys";
import type { FinishJob } from "@herald/jobs/ending/finish-job";
import type { JobStore } from "@herald/jobs/record/job-store";
import type { Request, RequestHandler, Response } from "express";
import { z } from "zod";
import { findJob } from "./find-job.ts";
import { parseInput } from "../http/parse-input.ts";
import { presentOneJob, type PresentJobsDeps } from "./present-jobs.ts";

export interface CancelJobDeps extends PresentJobsDeps {
  readonly jobs: Pick<JobStore, "find">;
  readonly finishJob: FinishJob;
  /** Takes the job's entry from the queue, if it is still there to be taken. */
  readonly dequeue: (jobId: string) => Promise<unknown>;
  /** Tells the worker that may be at the job, so that it stops at once. */
  readonly announceCancellation: (ref: JobRef) => Promise<unknown>;
  readonly now: () => Date;
}

export const cancelJobQuery = z.strictObject({
  force: z
    .enum(["true", "false"])
    .default("false")
    .describe("`true` also cancels a job that is being spoken."),
});

/** A job changes hands a few times in its life; more often than this it does not happen between two looks at it. */
const TRIES = 5;

/** DELETE /v1/jobs/:job_id: cancels a job that no worker has begun; with `force`, also one that is being spoken. */
export function cancelJob(deps: CancelJobDeps): RequestHandler {
  return async (req, res) => {
    const force = parseInput(cancelJobQuery, req.query).force === "true";
    const { tenant, id: jobId } = await cancelOnce({ req, res, force }, deps);
    // The record is the truth: whoever has the entry, or gets it all the same, finds the job ended and lets it go.
    await Promise.allSettled([deps.dequeue(jobId), deps.announceCancellation({ tenant, jobId })]);
    res.json(await presentOneJob(await findJob(deps.jobs, req, res), deps));
  };
}

interface Cancellation {
  readonly req: Request;
  readonly res: Response;
  readonly force: boolean;
}

/** A worker may take the job, or hand it back, between the look at it and the change: then it is looked at again. */
async function cancelOnce(
  { req, res, force }: Cancellation,
  { jobs, finishJob, now }: CancelJobDeps,
): Promise<Job> {
  for (let tries = 1; ; tries++) {
    const job = await findJob(jobs, req, res);
    if (isTerminal(job.status) || (job.status === "processing" && !force) || tries > TRIES) {
      throw refusal(job);
    }
    if ((await finishJob(job, cancel(job, now()))) === "applied") {
      return job;
    }
  }
}

function refusal({ status }: Job): AppError {
  return isTerminal(status)
    ? new AppError("job_finished", `the job has already ended: it is ${status}`, { param: "job_id" })
    : new AppError("job_processing", "the job is being spoken: cancel it with ?force=true", {
        param: "job_id",
      });
}
