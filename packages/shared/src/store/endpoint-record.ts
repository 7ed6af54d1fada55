import { z } from "zod";
import { endpointEvents, type EndpointEvent } from "../job/index.ts";

/** A place that a tenant's events are sent to. */
export interface Endpoint {
  readonly endpointId: string;
  readonly tenant: string;
  readonly url: string;
  readonly events: readonly EndpointEvent[];
  readonly description: string;
  /** What is recorded for one that is not is parked. */
  readonly enabled: boolean;
  readonly createdAt: Date;
}

export function endpointFields(endpoint: Endpoint): Record<string, string> {
  return {
    endpoint_id: endpoint.endpointId,
    tenant: endpoint.tenant,
    url: endpoint.url,
    // Scripts look for one of them in this text.
    events: endpoint.events.join(" "),
    description: endpoint.description,
    enabled: endpoint.enabled ? "1" : "0",
    created_at: String(endpoint.createdAt.getTime()),
  };
}

const endpointRecord = z.object({
  endpoint_id: z.string(),
  tenant: z.string(),
  url: z.string(),
  events: z.string().transform((text) => z.array(z.enum(endpointEvents)).parse(text.split(" "))),
  description: z.string(),
  enabled: z.enum(["0", "1"]).transform((flag) => flag === "1"),
  created_at: z.string().transform((ms) => new Date(Number(ms))),
});

/** Parses HGETALL's answer; null when there is no such endpoint. */
export function parseEndpointRecord(hash: Record<string, string>): Endpoint | null {
  if (Object.keys(hash).length === 0) {
    return null;
  }
  const { endpoint_id, created_at, ...rest } = endpointRecord.parse(hash);
  return { ...rest, endpointId: endpoint_id, createdAt: created_at };
}
