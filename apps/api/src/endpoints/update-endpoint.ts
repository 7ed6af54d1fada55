import type { Endpoint, EndpointChoices } from "@herald/webhooks/endpoints/endpoint-record";
import type { EndpointStore } from "@herald/webhooks/endpoints/endpoint-store";
import type { RequestHandler } from "express";
import { z } from "zod";
import { endpointNotFound, findEndpoint } from "./find-endpoint.ts";
import { parseInput } from "../http/parse-input.ts";
import { endpointFieldsSchema, type RetryBounds } from "./endpoint-body.ts";
import { parseEndpointUrl, type ParseEndpointUrlDeps } from "./parse-endpoint-url.ts";
import { presentEndpoint } from "./present-endpoint.ts";

export interface UpdateEndpointDeps extends ParseEndpointUrlDeps {
  readonly endpoints: Pick<EndpointStore, "find" | "update">;
  readonly endpointRetries: RetryBounds;
}

/** PATCH /v1/webhook-endpoints/:endpoint_id: what is not named stays. `headers` are replaced as a whole. */
export function updateEndpoint(deps: UpdateEndpointDeps): RequestHandler {
  const schema = z.strictObject(endpointFieldsSchema(deps.endpointRetries)).partial();

  return async (req, res) => {
    const wanted = parseInput(schema, req.body);
    const endpoint = await findEndpoint(deps.endpoints, req, res);
    const { tenant, endpointId } = endpoint;
    const changes = changesOf(wanted, endpoint, deps);
    if ((await deps.endpoints.update(tenant, endpointId, changes)) === "missing") {
      throw endpointNotFound();
    }
    res.json(presentEndpoint(await findEndpoint(deps.endpoints, req, res)));
  };
}

type Wanted = z.infer<z.ZodObject<ReturnType<typeof endpointFieldsSchema>>>;

/** Saying again that it is disabled does not turn another reason for that into `paused`. */
function changesOf(
  { url, retry_delays, enabled, ...others }: { [Field in keyof Wanted]?: Wanted[Field] | undefined },
  endpoint: Endpoint,
  deps: UpdateEndpointDeps,
): Partial<EndpointChoices> {
  const changes = {
    ...others,
    url: url === undefined ? undefined : parseEndpointUrl(url, deps),
    retryDelaysMs: retry_delays === undefined ? undefined : toMilliseconds(retry_delays),
    enabled: enabled === endpoint.enabled ? undefined : enabled,
  };
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given);
}

function toMilliseconds(seconds: readonly number[] | null): readonly number[] | null {
  return seconds?.map((delay) => delay * 1000) ?? null;
}
