import { isEndpointId } from "@herald/shared/job";
import type { KeyOwner } from "@herald/shared/redis";
import type { EndpointStore } from "@herald/shared/store";
import { endpointNotFound } from "./find-endpoint.ts";

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
