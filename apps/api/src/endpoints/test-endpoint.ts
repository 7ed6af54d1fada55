import { AppError } from "@herald/shared/errors";
import type { SendExamples } from "@herald/jobs/ending/send-examples";
import type { DeliveryStore } from "@herald/webhooks/deliveries/delivery-store";
import type { EndpointStore } from "@herald/webhooks/endpoints/endpoint-store";
import type { RequestHandler } from "express";
import { contextOf, tenantOf } from "../http/context.ts";
import { findEndpoint } from "./find-endpoint.ts";
import type { LimitTests } from "./limit-tests.ts";
import { presentDeliveries } from "../deliveries/present-delivery.ts";

export interface TestEndpointDeps {
  readonly endpoints: Pick<EndpointStore, "find">;
  readonly deliveries: Pick<DeliveryStore, "find" | "attempts">;
  readonly limitTests: LimitTests;
  readonly sendExamples: SendExamples;
}

/** POST /v1/webhook-endpoints/:endpoint_id/test */
export function testEndpoint({
  endpoints,
  deliveries,
  limitTests,
  sendExamples,
}: TestEndpointDeps): RequestHandler {
  return async (req, res) => {
    const endpoint = await findEndpoint(endpoints, req, res);
    if (!endpoint.enabled) throw endpointDisabled();
    const tenant = tenantOf(res);
    const refusal = await limitTests(tenant);
    if (refusal !== null) {
      res.set("retry-after", String(refusal.retryAfterSeconds));
      throw new AppError("rate_limited", "endpoints were tested often enough for a while");
    }
    const ids = await sendExamples(endpoint, contextOf(res).requestId);
    if (ids.length === 0) throw endpointDisabled();
    const found = await Promise.all(ids.map((deliveryId) => deliveries.find({ tenant, deliveryId })));
    const data = await presentDeliveries(
      found.filter((delivery) => delivery !== null),
      deliveries,
    );
    res.status(202).json({ data, has_more: false, next_cursor: null });
  };
}

function endpointDisabled(): AppError {
  return new AppError("endpoint_disabled", "the endpoint is disabled: enable it to have it tested", {
    param: "endpoint_id",
  });
}
