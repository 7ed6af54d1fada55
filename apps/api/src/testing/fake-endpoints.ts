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
      const disabledReason = wanted.enabled ? null : "paused";
      endpoints.set(wanted.endpointId, { ...wanted, disabledReason, createdAt: now });
      return Promise.resolve();
    },
    find: (tenant, endpointId) => Promise.resolve(find(tenant, endpointId)),
    list: (tenant) => Promise.resolve([...endpoints.values()].filter((known) => known.tenant === tenant)),
    update(tenant, endpointId, { enabled, ...changes }) {
      const endpoint = find(tenant, endpointId);
      if (endpoint === null) return Promise.resolve("missing");
      const standing =
        enabled === undefined ? {} : { enabled, disabledReason: enabled ? null : ("paused" as const) };
      endpoints.set(endpointId, { ...endpoint, ...changes, ...standing });
      return Promise.resolve("updated");
    },
    disable({ tenant, endpointId, url }, disabledReason) {
      const endpoint = find(tenant, endpointId);
      if (endpoint?.url !== url || !endpoint.enabled) return Promise.resolve("stale");
      endpoints.set(endpointId, { ...endpoint, enabled: false, disabledReason });
      return Promise.resolve("disabled");
    },
    remove(tenant, endpointId) {
      if (find(tenant, endpointId) === null) return Promise.resolve("missing");
      endpoints.delete(endpointId);
      return Promise.resolve("removed");
    },
  };
}
