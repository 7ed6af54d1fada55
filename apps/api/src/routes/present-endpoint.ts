import type { Endpoint } from "@herald/shared/store";

export function presentEndpoint({ endpointId, url, events, description, enabled, createdAt }: Endpoint) {
  return {
    endpoint_id: endpointId,
    url,
    events,
    description,
    enabled,
    created_at: createdAt.toISOString(),
  };
}
