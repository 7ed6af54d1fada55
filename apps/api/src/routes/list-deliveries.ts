import { eventIdOf } from "@herald/shared/job";
import type { DeliveryStore, JobStore } from "@herald/shared/store";
import type { RequestHandler } from "express";
import { findJob } from "../http/find-job.ts";

export interface ListDeliveriesDeps {
  readonly jobs: Pick<JobStore, "find">;
  readonly deliveries: Pick<DeliveryStore, "attempts">;
}

/** GET /v1/jobs/:job_id/deliveries: every POST of the job's webhook, oldest first. */
export function listDeliveries({ jobs, deliveries }: ListDeliveriesDeps): RequestHandler {
  return async (req, res) => {
    const { id: jobId, tenant } = await findJob(jobs, req, res);
    const webhookId = eventIdOf(jobId);
    const attempts = await deliveries.attempts({ tenant, deliveryId: webhookId });
    res.json({ data: attempts.map((attempt) => ({ webhook_id: webhookId, ...attempt })) });
  };
}
