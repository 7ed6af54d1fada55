import type { SigningKeyStore } from "@herald/shared/store";
import type { RequestHandler } from "express";
import { tenantOf } from "../http/context.ts";
import { presentWebhookKey } from "./present-webhook-key.ts";

export interface ListWebhookKeysDeps {
  readonly signingKeys: Pick<SigningKeyStore, "list">;
  readonly now: () => Date;
}

/** GET /v1/webhook-keys: those that sign the tenant's webhooks now, newest first. */
export function listWebhookKeys({ signingKeys, now }: ListWebhookKeysDeps): RequestHandler {
  return async (_req, res) => {
    const keys = await signingKeys.list({ tenant: tenantOf(res) }, now());
    res.json({ data: keys.map(presentWebhookKey) });
  };
}
