import type { EndpointStore } from "@herald/webhooks/endpoints/endpoint-store";
import type { SigningKeyStore } from "@herald/webhooks/signing-keys/signing-key-store";
import type { RequestHandler } from "express";
import { tenantOf } from "../http/context.ts";
import { endpointIdIn, endpointNotFound } from "./find-endpoint.ts";

export interface DeleteEndpointDeps {
  readonly endpoints: Pick<EndpointStore, "remove">;
  readonly signingKeys: Pick<SigningKeyStore, "remove">;
  readonly now: () => Date;
}

/** DELETE /v1/webhook-endpoints/:endpoint_id. Events from now on are not recorded for it; what was on its way is given up. */
export function deleteEndpoint({ endpoints, signingKeys, now }: DeleteEndpointDeps): RequestHandler {
  return async (req, res) => {
    const owner = { tenant: tenantOf(res), endpointId: endpointIdIn(req) };
    const removed = await endpoints.remove(owner.tenant, owner.endpointId, now());
    // Also when it is gone: the request before this one may have come only that far.
    await signingKeys.remove(owner);
    if (removed === "missing") {
      throw endpointNotFound();
    }
    res.status(204).end();
  };
}
