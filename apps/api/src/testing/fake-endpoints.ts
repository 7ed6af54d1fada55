import { newEndpointId } from "@herald/shared/job";
import type { Endpoint, EndpointStore } from "@herald/shared/store";

/** Endpoints in memory. */
export function fakeEndpoints(): EndpointStore {
  const endpoints = new Map<string, Endpoint>();
  const find = (tenant: string, endpointId: string): Endpoint | null => {
    const endpoint = endpoints.get(endpointId);
    return endpoint?.tenant === tenant ? endpoint : null;
  };
  return {
    create({ now, ...wanted }) {
      const endpoint = { ...wanted, endpointId: newEndpointId(now), createdAt: now };
      endpoints.set(endpoint.endpointId, endpoint);
      return Promise.resolve(endpoint);
    },
    find: (tenant, endpointId) => Promise.resolve(find(tenant, endpointId)),
    list: (tenant) => Promise.resolve([...endpoints.values()].filter((known) => known.tenant === tenant)),
    remove(tenant, endpointId) {
      if (find(tenant, endpointId) === null) return Promise.resolve("missing");
      endpoints.delete(endpointId);
      return Promise.resolve("removed");
    },
  };
}
