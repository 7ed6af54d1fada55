import type { JobStore } from "@herald/jobs/record/job-store";
import type { DeliveryStore } from "@herald/webhooks/deliveries/delivery-store";
import type { RequestHandler } from "express";
import { deliveriesOf } from "./find-deliveries.ts";
import { findJob } from "../jobs/find-job.ts";
import { presentDeliveries } from "./present-delivery.ts";

export interface ListJobDeliveriesDeps {
  readonly jobs: Pick<JobStore, "find">;
  readonly deliveries: Pick<DeliveryStore, "idsOf" | "find" | "attempts">;
}

/** GET /v1/jobs/:job_id/deliveries. Without pages: there is one for each endpoint, and one for the job's own URL. */
export function listJobDeliveries({ jobs, deliveries }: ListJobDeliveriesDeps): RequestHandler {
  return async (req, res) => {
    const found = await deliveriesOf(await findJob(jobs, req, res), deliveries);
    res.json({ data: await presentDeliveries(found, deliveries), has_more: false, next_cursor: null });
  };
}
