import type { EndpointStore } from "@herald/webhooks/endpoints/endpoint-store";
import type { RequestHandler } from "express";
import { findEndpoint } from "./find-endpoint.ts";
import { presentEndpoint } from "./present-endpoint.ts";

export interface GetEndpointDeps {
  readonly endpoints: Pick<EndpointStore, "find">;
}

/** GET /v1/webhook-endpoints/:endpoint_id */
export function getEndpoint({ endpoints }: GetEndpointDeps): RequestHandler {
  return async (req, res) => {
    res.json(presentEndpoint(await findEndpoint(endpoints, req, res)));
  };
}
