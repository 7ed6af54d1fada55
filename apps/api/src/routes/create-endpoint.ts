import { endpointEvents } from "@herald/shared/job";
import type { EndpointStore } from "@herald/shared/store";
import type { RequestHandler } from "express";
import { z } from "zod";
import { tenantOf } from "../http/context.ts";
import { parseInput } from "../http/parse-input.ts";
import { parseEndpointUrl, type ParseEndpointUrlDeps } from "./parse-endpoint-url.ts";
import { presentEndpoint } from "./present-endpoint.ts";

export interface CreateEndpointDeps extends ParseEndpointUrlDeps {
  readonly endpoints: Pick<EndpointStore, "create">;
  readonly now: () => Date;
}

const body = z.strictObject({
  url: z.string(),
  events: z
    .array(z.enum(endpointEvents))
    .min(1)
    .default([...endpointEvents])
    .transform((events) => [...new Set(events)]),
  description: z.string().max(500).default(""),
  enabled: z.boolean().default(true),
});

/** POST /v1/webhook-endpoints */
export function createEndpoint(deps: CreateEndpointDeps): RequestHandler {
  return async (req, res) => {
    const wanted = parseInput(body, req.body);
    const endpoint = await deps.endpoints.create({
      ...wanted,
      url: parseEndpointUrl(wanted.url, deps),
      tenant: tenantOf(res),
      now: deps.now(),
    });
    res.status(201).location(`/v1/webhook-endpoints/${endpoint.endpointId}`).json(presentEndpoint(endpoint));
  };
}
