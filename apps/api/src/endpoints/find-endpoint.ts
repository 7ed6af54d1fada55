import { AppError } from "@herald/shared/errors";
import { isEndpointId } from "@herald/shared/webhooks/webhook-ids";
import type { Endpoint } from "@herald/webhooks/endpoints/endpoint-record";
import type { EndpointStore } from "@herald/webhooks/endpoints/endpoint-store";
import type { Request, Response } from "express";
import { tenantOf } from "../http/context.ts";

/** The endpoint that the path names. Another tenant's, or a name that no endpoint could have, is simply not there. */
export async function findEndpoint(
  endpoints: Pick<EndpointStore, "find">,
  req: Request,
  res: Response,
): Promise<Endpoint> {
  const endpoint = await endpoints.find(tenantOf(res), endpointIdIn(req));
  if (endpoint === null) {
    throw endpointNotFound();
  }
  return endpoint;
}

export function endpointIdIn(req: Request): string {
  const endpointId = String(req.params["endpoint_id"]);
  if (!isEndpointId(endpointId)) {
    throw endpointNotFound();
  }
  return endpointId;
}

export function endpointNotFound(): AppError {
  return new AppError("endpoint_not_found", "there is no such endpoint", { param: "endpoint_id" });
}
