import type { EndpointStore } from "@herald/shared/store";
import type { RequestHandler } from "express";
import { tenantOf } from "../http/context.ts";
import { endpointIdIn, endpointNotFound } from "../http/find-endpoint.ts";

export interface DeleteEndpointDeps {
  readonly endpoints: Pick<EndpointStore, "remove">;
}

/** DELETE /v1/webhook-endpoints/:endpoint_id. Events that end from now on are not recorded for it. */
export function deleteEndpoint({ endpoints }: DeleteEndpointDeps): RequestHandler {
  return async (req, res) => {
    if ((await endpoints.remove(tenantOf(res), endpointIdIn(req))) === "missing") {
      throw endpointNotFound();
    }
    res.status(204).end();
  };
}
