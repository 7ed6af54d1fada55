import { AppError } from "@herald/shared/errors";
import { isEndpointId } from "@herald/shared/webhooks/webhook-ids";
import { deliveryStatuses } from "@herald/webhooks/deliveries/delivery-record";
import type { DeliveryStore } from "@herald/webhooks/deliveries/delivery-store";
import type { EndpointStore } from "@herald/webhooks/endpoints/endpoint-store";
import type { RequestHandler } from "express";
import { z } from "zod";
import { tenantOf } from "../http/context.ts";
import { encodeCursor, parseDeliveryCursor } from "../http/cursor.ts";
import { parseInput } from "../http/parse-input.ts";
import { presentDeliveries } from "./present-delivery.ts";
import { pageSize, time } from "../http/query-fields.ts";

export interface ListDeliveriesDeps {
  readonly deliveries: Pick<DeliveryStore, "list" | "attempts">;
  readonly endpoints: Pick<EndpointStore, "find">;
}

/** Also the name that a job's own URL goes by. */
export const endpointField = z
  .string()
  .refine((text) => isEndpointId(text) || /^url_[0-9a-f]{32}$/.test(text), "must be the id of an endpoint")
  .meta({ expects: "an `endpoint_id`: `we_...`, or `url_...` for a job's own URL" });

export const listDeliveriesQuery = z.strictObject({
  status: z.enum(deliveryStatuses).optional().describe("Deliveries that have this status only."),
  endpoint: endpointField.optional().describe("Deliveries to this endpoint only."),
  created_after: time.optional().describe("Deliveries of events from this time on only."),
  created_before: time.optional().describe("Deliveries of events before this time only."),
  limit: pageSize,
  after: z.string().optional().meta({
    expects: "a `next_cursor`",
    description: "Goes on where the page that gave it ended.",
  }),
});

/** GET /v1/deliveries: the tenant's, newest event first. */
export function listDeliveries({ deliveries, endpoints }: ListDeliveriesDeps): RequestHandler {
  return async (req, res) => {
    const tenant = tenantOf(res);
    const { status, endpoint, created_after, created_before, limit, after } = parseInput(
      listDeliveriesQuery,
      req.query,
    );
    const page = await deliveries.list({
      tenant,
      status: status ?? null,
      endpointId: endpoint ?? null,
      createdAfter: created_after ?? null,
      createdBefore: created_before ?? null,
      order: "newest_first",
      after: after === undefined ? null : parseDeliveryCursor(after),
      limit,
    });
    if (page.deliveries.length === 0 && endpoint !== undefined) {
      await refuseUnknown(tenant, endpoint, endpoints);
    }
    res.json({
      data: await presentDeliveries(page.deliveries, deliveries),
      has_more: page.hasMore,
      next_cursor: page.hasMore && page.last !== null ? encodeCursor(page.last) : null,
    });
  };
}

/** A deleted endpoint may still have deliveries. One that has none and does not exist is a mistake in the request. */
async function refuseUnknown(
  tenant: string,
  endpoint: string,
  endpoints: Pick<EndpointStore, "find">,
): Promise<void> {
  if (isEndpointId(endpoint) && (await endpoints.find(tenant, endpoint)) === null) {
    throw new AppError("endpoint_not_found", "there is no such endpoint", { param: "endpoint" });
  }
}
