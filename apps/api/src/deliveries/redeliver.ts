import { AppError } from "@herald/shared/errors";
import type { JobStore } from "@herald/jobs/record/job-store";
import type { Delivery } from "@herald/webhooks/deliveries/delivery-record";
import type { DeliveryStore } from "@herald/webhooks/deliveries/delivery-store";
import type { RequestHandler } from "express";
import { deliveriesOf, findDelivery } from "./find-deliveries.ts";
import { findJob } from "../jobs/find-job.ts";
import { presentDeliveries } from "./present-delivery.ts";

export interface RedeliverRouteDeps {
  readonly jobs: Pick<JobStore, "find">;
  readonly deliveries: Pick<DeliveryStore, "idsOf" | "find" | "attempts">;
  /** "stale": the delivery is on its way already, its job is gone, or it is parked and its endpoint is still disabled. */
  readonly redeliver: (delivery: Delivery) => Promise<"applied" | "stale">;
}

/** POST /v1/deliveries/:delivery_id/redeliver */
export function redeliverOne(deps: RedeliverRouteDeps): RequestHandler {
  return async (req, res) => {
    const delivery = await findDelivery(deps.deliveries, req, res);
    await sendAgain([delivery], "delivery_id", deps);
    const [presented] = await rereadAll([delivery], deps);
    res.status(202).json(presented);
  };
}

/** POST /v1/jobs/:job_id/redeliver: the job's event, to everybody that it went to. */
export function redeliverJob(deps: RedeliverRouteDeps): RequestHandler {
  return async (req, res) => {
    const found = await deliveriesOf(await findJob(deps.jobs, req, res), deps.deliveries);
    if (found.length === 0) {
      throw new AppError("no_event", "the job has no event to send: it has not ended, or nobody was told", {
        param: "job_id",
      });
    }
    await sendAgain(found, "job_id", deps);
    res.status(202).json({ data: await rereadAll(found, deps), has_more: false, next_cursor: null });
  };
}

/** Sends again those deliveries that can be. Throws when none can. */
async function sendAgain(
  found: readonly Delivery[],
  param: string,
  { redeliver }: RedeliverRouteDeps,
): Promise<void> {
  const waiting = found.filter(({ status }) => status !== "pending");
  const outcomes = await Promise.all(waiting.map(redeliver));
  if (!outcomes.includes("applied")) {
    throw found.every(({ status }) => status === "parked")
      ? new AppError("delivery_parked", "the endpoint is disabled: enable it, and this is sent", { param })
      : new AppError("delivery_pending", "this is on its way already", { param });
  }
}

async function rereadAll(found: readonly Delivery[], { deliveries }: RedeliverRouteDeps) {
  const reread = await Promise.all(found.map((delivery) => deliveries.find(delivery)));
  return presentDeliveries(
    reread.filter((delivery) => delivery !== null),
    deliveries,
  );
}
