import { formatWebhookSecret, signatureVersions } from "@herald/shared/signing";
import type { SigningKeyStore } from "@herald/shared/store";
import type { RequestHandler } from "express";
import { z } from "zod";
import { tenantOf } from "../http/context.ts";
import { parseInput } from "../http/parse-input.ts";

export interface RotateWebhookKeyDeps {
  readonly signingKeys: Pick<SigningKeyStore, "rotate">;
  readonly now: () => Date;
}

const HOUR_MS = 3_600_000;
const MAX_OVERLAP_HOURS = 168;

const body = z.strictObject({
  overlap_hours: z.number().min(0).max(MAX_OVERLAP_HOURS).default(24),
  version: z.enum(signatureVersions).default("v1"),
});

/** POST /v1/webhook-keys/rotate: also how a tenant comes by its first secret. */
export function rotateWebhookKey({ signingKeys, now }: RotateWebhookKeyDeps): RequestHandler {
  return async (req, res) => {
    const { overlap_hours, version } = parseInput(body, req.body);
    const overlapMs = Math.round(overlap_hours * HOUR_MS);
    const { key, previousExpiresAt } = await signingKeys.rotate(
      { tenant: tenantOf(res) },
      { version, overlapMs, now: now() },
    );
    res.json({
      key_id: key.keyId,
      ...(version === "v1" ? { secret: formatWebhookSecret(key.secret) } : { public_key: key.publicKey }),
      previous_expires_at: previousExpiresAt?.toISOString() ?? null,
    });
  };
}
