import { AppError } from "@herald/shared/errors";
import { cancel, presentJob, type Job, type JobLinks } from "@herald/shared/job";
import type { FinishJob, JobStore } from "@herald/shared/store";
import type { RequestHandler } from "express";
import { z } from "zod";
import { findJob } from "../http/find-job.ts";
import { parseInput } from "../http/parse-input.ts";

export interface CancelJobDeps {
  readonly jobs: Pick<JobStore, "find">;
  readonly finishJob: FinishJob;
  /** Takes the job's entry from the queue, if it is still there to be taken. */
  readonly dequeue: (jobId: string) => Promise<unknown>;
  readonly links: JobLinks;
  readonly now: () => Date;
}

const query = z.strictObject({
  force: z.literal("false", "must be false: a job that is being spoken cannot be aborted yet").optional(),
});

/** DELETE /v1/jobs/:job_id: cancels a job that no worker has begun. */
export function cancelJob(deps: CancelJobDeps): RequestHandler {
  const { jobs, finishJob, dequeue, links, now } = deps;

  return async (req, res) => {
    parseInput(query, req.query);
    const job = cancellable(await findJob(jobs, req, res));
    if ((await finishJob(job, cancel(job, now()))) === "stale") {
      throw refusal(await findJob(jobs, req, res));
    }
    // The record is the truth: a worker that gets the entry all the same finds the job ended and lets it go.
    await dequeue(job.id).catch(() => undefined);
    res.json(presentJob(await findJob(jobs, req, res), links));
  };
}

function cancellable(job: Job): Job {
  if (job.status !== "pending") {
    throw refusal(job);
  }
  return job;
}

/** A worker that took the job may have handed it back since: to the client it is as if it still had it. */
function refusal({ status }: Job): AppError {
  return status === "processing" || status === "pending"
    ? new AppError("job_processing", "the job is being spoken and can no longer be cancelled", {
        param: "job_id",
      })
    : new AppError("job_finished", `the job has already ended: it is ${status}`, { param: "job_id" });
}
