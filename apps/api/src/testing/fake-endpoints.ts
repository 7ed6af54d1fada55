import type { Endpoint } from "@herald/webhooks/endpoints/endpoint-record";
import type { EndpointStore } from "@herald/webhooks/endpoints/endpoint-store";

/** Endpoints in memory. */
export function fakeEndpoints(): EndpointStore {
  const endpoints = new Map<string, Endpoint>();
  const find = (tenant: string, endpointId: string): Endpoint | null => {
    const endpoint = endpoints.get(endpointId);
    return endpoint?.tenant === tenant ? endpoint : null;
  };
  return {
    create({ now, ...wanted }) {
      endpoints.set(wanted.endpointId, {
        ...wanted,
        ...standingOf(wanted.enabled),
        failingSince: null,
        createdAt: now,
      });
      return Promise.resolve();
    },
    find: (tenant, endpointId) => Promise.resolve(find(tenant, endpointId)),
    list: (tenant) => Promise.resolve([...endpoints.values()].filter((known) => known.tenant === tenant)),
    update(tenant, endpointId, { enabled, ...changes }) {
      const endpoint = find(tenant, endpointId);
      if (endpoint === null) return Promise.resolve("missing");
      const standing = enabled === undefined ? {} : standingOf(enabled);
      endpoints.set(endpointId, { ...endpoint, ...changes, ...standing });
      return Promise.resolve("updated");
    },
    reseal: () => Promise.resolve(0),
    remove(tenant, endpointId) {
      if (find(tenant, endpointId) === null) return Promise.resolve("missing");
      endpoints.delete(endpointId);
      return Promise.resolve("removed");
    },
  };
}

function standingOf(enabled: boolean): Pick<Endpoint, "enabled" | "disabledReason" | "state"> {
  return enabled
    ? { enabled, disabledReason: null, state: "enabled" }
    : { enabled, disabledReason: "paused", state: "disabled" };
}
