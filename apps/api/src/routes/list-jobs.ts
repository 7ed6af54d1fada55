import { jobStatuses, presentJob, type JobLinks } from "@herald/shared/job";
import type { JobStore } from "@herald/shared/store";
import type { RequestHandler } from "express";
import { z } from "zod";
import { tenantOf } from "../http/context.ts";
import { encodeCursor, parseCursor } from "../http/cursor.ts";
import { parseInput } from "../http/parse-input.ts";

export interface ListJobsDeps {
  readonly jobs: Pick<JobStore, "list">;
  readonly links: JobLinks;
}

const time = z.iso
  .datetime({ offset: true, error: "must be a time such as 2026-01-31T12:00:00Z" })
  .transform((text) => new Date(text));

const query = z.strictObject({
  status: z.enum(jobStatuses).optional(),
  created_after: time.optional(),
  created_before: time.optional(),
  limit: z
    .string()
    .regex(/^\d{1,4}$/, "must be a whole number")
    .transform(Number)
    .pipe(z.number().min(1).max(100))
    .default(20),
  cursor: z.string().optional(),
});

/** GET /v1/jobs: the tenant's jobs, newest first. */
export function listJobs({ jobs, links }: ListJobsDeps): RequestHandler {
  return async (req, res) => {
    const { status, created_after, created_before, limit, cursor } = parseInput(query, req.query);
    const page = await jobs.list({
      tenant: tenantOf(res),
      status: status ?? null,
      createdAfter: created_after ?? null,
      createdBefore: created_before ?? null,
      afterJobId: cursor === undefined ? null : parseCursor(cursor),
      limit,
    });
    res.json({
      data: page.jobs.map((job) => presentJob(job, links)),
      has_more: page.hasMore,
      next_cursor: page.hasMore && page.lastJobId !== null ? encodeCursor(page.lastJobId) : null,
    });
  };
}
