import { jobStatuses } from "@herald/shared/jobs/status";
import type { JobStore } from "@herald/jobs/record/job-store";
import type { RequestHandler } from "express";
import { z } from "zod";
import { tenantOf } from "../http/context.ts";
import { encodeCursor, parseCursor } from "../http/cursor.ts";
import { parseInput } from "../http/parse-input.ts";
import { presentJobs, type PresentJobsDeps } from "./present-jobs.ts";
import { pageSize, time } from "../http/query-fields.ts";

export interface ListJobsDeps extends PresentJobsDeps {
  readonly jobs: Pick<JobStore, "list">;
}

export const listJobsQuery = z.strictObject({
  status: z.enum(jobStatuses).optional().describe("Jobs that have this status only."),
  created_after: time.optional().describe("Jobs created at this time or later only."),
  created_before: time.optional().describe("Jobs created before this time only."),
  limit: pageSize,
  cursor: z.string().optional().meta({
    expects: "a `next_cursor`",
    description: "Goes on where the page that gave it ended.",
  }),
});

/** GET /v1/jobs: the tenant's jobs, newest first. */
export function listJobs(deps: ListJobsDeps): RequestHandler {
  return async (req, res) => {
    const { status, created_after, created_before, limit, cursor } = parseInput(listJobsQuery, req.query);
    const page = await deps.jobs.list({
      tenant: tenantOf(res),
      status: status ?? null,
      createdAfter: created_after ?? null,
      createdBefore: created_before ?? null,
      afterJobId: cursor === undefined ? null : parseCursor(cursor),
      limit,
    });
    res.json({
      data: await presentJobs(page.jobs, deps),
      has_more: page.hasMore,
      next_cursor: page.hasMore && page.lastJobId !== null ? encodeCursor(page.lastJobId) : null,
    });
  };
}
