import { signatureVersions } from "@herald/shared/signing/key-rotation";
import { formatWebhookSecret } from "@herald/shared/signing/webhook-secret";
import type { EndpointStore } from "@herald/webhooks/endpoints/endpoint-store";
import type { SigningKeyStore } from "@herald/webhooks/signing-keys/signing-key-store";
import type { RequestHandler } from "express";
import { z } from "zod";
import { tenantOf } from "../http/context.ts";
import { endpointNotFound } from "../endpoints/find-endpoint.ts";
import { findKeyOwner } from "./find-key-owner.ts";
import { parseInput } from "../http/parse-input.ts";

export interface RotateWebhookKeyDeps {
  readonly signingKeys: Pick<SigningKeyStore, "rotate" | "remove">;
  readonly endpoints: Pick<EndpointStore, "find">;
  readonly now: () => Date;
}

const HOUR_MS = 3_600_000;
const MAX_OVERLAP_HOURS = 168;

export const rotateWebhookKeyBody = z.strictObject({
  overlap_hours: z
    .number()
    .min(0)
    .max(MAX_OVERLAP_HOURS)
    .default(24)
    .describe("How long the keys before the new one go on signing."),
  version: z
    .enum(signatureVersions)
    .default("v1")
    .describe("`v1`: a secret, for HMAC. `v1a`: a key pair, for ed25519; the answer has its public key."),
  endpoint_id: z
    .string()
    .optional()
    .describe("Rotates the own key of this endpoint; without it the tenant's."),
});

/** POST /v1/webhook-keys/rotate: also how a tenant comes by its first secret. With an endpoint, that one's own key. */
export function rotateWebhookKey({ signingKeys, endpoints, now }: RotateWebhookKeyDeps): RequestHandler {
  return async (req, res) => {
    const { overlap_hours, version, endpoint_id } = parseInput(rotateWebhookKeyBody, req.body);
    const tenant = tenantOf(res);
    const owner = await findKeyOwner(endpoints, tenant, endpoint_id);
    const overlapMs = Math.round(overlap_hours * HOUR_MS);
    const { key, previousExpiresAt } = await signingKeys.rotate(owner, { version, overlapMs, now: now() });
    if (owner.endpointId !== undefined && (await endpoints.find(tenant, owner.endpointId)) === null) {
      // Deleted meanwhile, and its keys with it: this one would be left behind for nobody.
      await signingKeys.remove(owner);
      throw endpointNotFound();
    }
    res.json({
      key_id: key.keyId,
      ...(version === "v1" ? { secret: formatWebhookSecret(key.secret) } : { public_key: key.publicKey }),
      previous_expires_at: previousExpiresAt?.toISOString() ?? null,
    });
  };
}
