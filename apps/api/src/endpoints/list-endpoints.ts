import type { EndpointStore } from "@herald/webhooks/endpoints/endpoint-store";
import type { RequestHandler } from "express";
import { tenantOf } from "../http/context.ts";
import { presentEndpoint } from "./present-endpoint.ts";

export interface ListEndpointsDeps {
  readonly endpoints: Pick<EndpointStore, "list">;
}

/** GET /v1/webhook-endpoints: all of the tenant's, oldest first. Without pages, because a tenant has at most twenty. */
export function listEndpoints({ endpoints }: ListEndpointsDeps): RequestHandler {
  return async (_req, res) => {
    const found = await endpoints.list(tenantOf(res));
    res.json({ data: found.map(presentEndpoint) });
  };
}
