import type { SigningKey } from "@herald/shared/signing/key-rotation";

/** All of a signing key that is shown again. A `v1` secret was answered once, when it was made. */
export function presentWebhookKey({ keyId, version, publicKey, createdAt, expiresAt }: SigningKey) {
  return {
    key_id: keyId,
    version,
    public_key: publicKey,
    created_at: new Date(createdAt).toISOString(),
    expires_at: expiresAt === null ? null : new Date(expiresAt).toISOString(),
  };
}
