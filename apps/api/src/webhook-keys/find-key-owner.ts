import { isEndpointId } from "@herald/shared/webhooks/webhook-ids";
import type { KeyOwner } from "@herald/platform/redis/keys";
import type { EndpointStore } from "@herald/webhooks/endpoints/endpoint-store";
import { endpointNotFound } from "../endpoints/find-endpoint.ts";

/** Whose signing keys are meant: those of the endpoint, where one is named and the tenant has it; else the tenant's. */
export async function findKeyOwner(
  endpoints: Pick<EndpointStore, "find">,
  tenant: string,
  endpointId: string | undefined,
): Promise<KeyOwner> {
  if (endpointId === undefined) {
    return { tenant };
  }
  if (!isEndpointId(endpointId) || (await endpoints.find(tenant, endpointId)) === null) {
    throw endpointNotFound();
  }
  return { tenant, endpointId };
}
