import type { Endpoint } from "@herald/webhooks/endpoints/endpoint-record";
import { MASK } from "./endpoint-headers.ts";

/** All of an endpoint that is shown again. Its secret was answered once; of its headers, only the names are. */
export function presentEndpoint(endpoint: Endpoint) {
  return {
    endpoint_id: endpoint.endpointId,
    url: endpoint.url,
    events: endpoint.events,
    description: endpoint.description,
    headers: Object.fromEntries(Object.keys(endpoint.headers).map((name) => [name, MASK])),
    enabled: endpoint.enabled,
    disabled_reason: endpoint.disabledReason,
    failing_since: endpoint.failingSince?.toISOString() ?? null,
    retry_delays: endpoint.retryDelaysMs?.map((ms) => ms / 1000) ?? null,
    created_at: endpoint.createdAt.toISOString(),
  };
}
