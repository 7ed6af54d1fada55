import type { Guards, Routes } from "../http/mount.ts";
import { notForViewers } from "../http/roles.ts";
import { listWebhookKeys, type ListWebhookKeysDeps } from "./list-webhook-keys.ts";
import { rotateWebhookKey, type RotateWebhookKeyDeps } from "./rotate-webhook-key.ts";

export type WebhookKeyRoutesDeps = ListWebhookKeysDeps & RotateWebhookKeyDeps;

export function webhookKeyRoutes(deps: WebhookKeyRoutesDeps, { auth, json }: Guards): Routes {
  return {
    "/v1/webhook-keys": { get: [auth, listWebhookKeys(deps)] },
    "/v1/webhook-keys/rotate": { post: [auth, notForViewers, json, rotateWebhookKey(deps)] },
  };
}
