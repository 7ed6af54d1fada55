import { endpointEvents } from "@herald/shared/jobs/job";
import { newEndpointId } from "@herald/shared/webhooks/webhook-ids";
import { formatWebhookSecret } from "@herald/shared/signing/webhook-secret";
import type { EndpointStore } from "@herald/webhooks/endpoints/endpoint-store";
import type { SigningKeyStore } from "@herald/webhooks/signing-keys/signing-key-store";
import type { RequestHandler } from "express";
import { z } from "zod";
import { tenantOf } from "../http/context.ts";
import { endpointNotFound } from "./find-endpoint.ts";
import { parseInput } from "../http/parse-input.ts";
import { endpointFieldsSchema, type RetryBounds } from "./endpoint-body.ts";
import { parseEndpointUrl, type ParseEndpointUrlDeps } from "./parse-endpoint-url.ts";
import { presentEndpoint } from "./present-endpoint.ts";

export interface CreateEndpointDeps extends ParseEndpointUrlDeps {
  readonly endpoints: Pick<EndpointStore, "create" | "find">;
  readonly signingKeys: Pick<SigningKeyStore, "rotate" | "remove">;
  readonly endpointRetries: RetryBounds;
  readonly now: () => Date;
}

export function createEndpointBody(bounds: RetryBounds) {
  const { url, events, description, headers, enabled, retry_delays } = endpointFieldsSchema(bounds);
  return z.strictObject({
    url,
    events: events.default([...endpointEvents]).meta({ byDefault: "all of them" }),
    description: description.default(""),
    headers: headers.default({}),
    enabled: enabled.default(true),
    retry_delays: retry_delays.default(null),
  });
}

/** POST /v1/webhook-endpoints. The secret is in this answer, and in no other. */
export function createEndpoint(deps: CreateEndpointDeps): RequestHandler {
  const schema = createEndpointBody(deps.endpointRetries);

  return async (req, res) => {
    const { retry_delays: delays, ...wanted } = parseInput(schema, req.body);
    const now = deps.now();
    const owner = { tenant: tenantOf(res), endpointId: newEndpointId(now) };
    const choices = {
      ...wanted,
      url: parseEndpointUrl(wanted.url, deps),
      retryDelaysMs: delays?.map((seconds) => seconds * 1000) ?? null,
    };
    const secret = await withOwnKey(owner, deps, () => deps.endpoints.create({ ...choices, ...owner, now }));
    const endpoint = await deps.endpoints.find(owner.tenant, owner.endpointId);
    if (endpoint === null) throw endpointNotFound(); // Deleted again, by somebody who lists and deletes.
    res
      .status(201)
      .location(`/v1/webhook-endpoints/${owner.endpointId}`)
      .json({ ...presentEndpoint(endpoint), secret });
  };
}

/** The key first: an endpoint must at no moment be signed for with a key that its receiver does not have. */
async function withOwnKey(
  owner: { tenant: string; endpointId: string },
  { signingKeys, now }: CreateEndpointDeps,
  create: () => Promise<void>,
): Promise<string> {
  const { key } = await signingKeys.rotate(owner, { version: "v1", overlapMs: 0, now: now() });
  try {
    await create();
  } catch (error) {
    await signingKeys.remove(owner);
    throw error;
  }
  return formatWebhookSecret(key.secret);
}
