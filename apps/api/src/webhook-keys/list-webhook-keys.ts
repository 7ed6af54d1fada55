import type { EndpointStore } from "@herald/webhooks/endpoints/endpoint-store";
import type { SigningKeyStore } from "@herald/webhooks/signing-keys/signing-key-store";
import type { RequestHandler } from "express";
import { z } from "zod";
import { tenantOf } from "../http/context.ts";
import { findKeyOwner } from "./find-key-owner.ts";
import { parseInput } from "../http/parse-input.ts";
import { presentWebhookKey } from "./present-webhook-key.ts";

export interface ListWebhookKeysDeps {
  readonly signingKeys: Pick<SigningKeyStore, "list">;
  readonly endpoints: Pick<EndpointStore, "find">;
  readonly now: () => Date;
}

const query = z.strictObject({ endpoint_id: z.string().optional() });

/** GET /v1/webhook-keys: those that sign the tenant's webhooks now, or those of one endpoint, newest first. */
export function listWebhookKeys({ signingKeys, endpoints, now }: ListWebhookKeysDeps): RequestHandler {
  return async (req, res) => {
    const { endpoint_id } = parseInput(query, req.query);
    const owner = await findKeyOwner(endpoints, tenantOf(res), endpoint_id);
    const keys = await signingKeys.list(owner, now());
    res.json({ data: keys.map(presentWebhookKey) });
  };
}
