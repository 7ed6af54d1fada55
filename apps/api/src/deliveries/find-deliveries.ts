import { AppError } from "@herald/shared/errors";
import type { Job } from "@herald/shared/jobs/job";
import { isDeliveryId } from "@herald/shared/webhooks/webhook-ids";
import type { Delivery } from "@herald/webhooks/deliveries/delivery-record";
import type { DeliveryStore } from "@herald/webhooks/deliveries/delivery-store";
import type { Request, Response } from "express";
import { contextOf, tenantOf } from "../http/context.ts";

/** The delivery that the path names. Another tenant's, or a name that no delivery could have, is simply not there. */
export async function findDelivery(
  deliveries: Pick<DeliveryStore, "find">,
  req: Request,
  res: Response,
): Promise<Delivery> {
  const deliveryId = String(req.params["delivery_id"]);
  const found = isDeliveryId(deliveryId)
    ? await deliveries.find({ tenant: tenantOf(res), deliveryId })
    : null;
  if (found === null) {
    throw new AppError("delivery_not_found", "there is no such delivery", { param: "delivery_id" });
  }
  contextOf(res).jobId = found.jobId;
  return found;
}

/** Of a job's end: to its own URL first, then to endpoints. Those whose time is over are left out. */
export async function deliveriesOf(
  { tenant, id: jobId }: Job,
  deliveries: Pick<DeliveryStore, "idsOf" | "find">,
): Promise<readonly Delivery[]> {
  const ids = await deliveries.idsOf({ tenant, jobId });
  const found = await Promise.all(ids.map((deliveryId) => deliveries.find({ tenant, deliveryId })));
  return found.filter((delivery) => delivery !== null);
}
