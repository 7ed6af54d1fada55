import { createPublicKey, type KeyObject } from "node:crypto";
import { WebhookSetupError } from "./verification-error.ts";

/** `v1` verifies with a shared secret, `v1a` with an ed25519 public key. */
export type VerifyingKey =
  | { readonly version: "v1"; readonly secret: Buffer }
  | { readonly version: "v1a"; readonly publicKey: KeyObject };

/** More than a rotation ever needs: each costs one computation for every request, also for a forged one. */
const MAX_SECRETS = 16;
const MIN_SECRET_BYTES = 24;
const MAX_SECRET_BYTES = 64;
const PUBLIC_KEY_BYTES = 32;
/** SubjectPublicKeyInfo of RFC 8410, up to where the key's own bytes begin. */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/** Reads `whsec_...` and `whpk_...`. Throws a WebhookSetupError that says what is wrong with a secret, and never quotes it. */
export function parseSecrets(secrets: string | readonly string[]): readonly VerifyingKey[] {
  const texts = typeof secrets === "string" ? [secrets] : secrets;
  if (texts.length === 0 || texts.length > MAX_SECRETS) {
    throw new WebhookSetupError(`give 1 to ${MAX_SECRETS} secrets, not ${texts.length}`);
  }
  return texts.map(parseSecret);
}

function parseSecret(text: string): VerifyingKey {
  const prefix = /^wh(sec|pk|sk)_/.exec(text)?.[0] ?? "";
  switch (prefix) {
    case "whsec_":
      return { version: "v1", secret: decode(text, prefix, [MIN_SECRET_BYTES, MAX_SECRET_BYTES]) };
    case "whpk_": {
      const bytes = decode(text, prefix, [PUBLIC_KEY_BYTES, PUBLIC_KEY_BYTES]);
      const key = Buffer.concat([SPKI_PREFIX, bytes]);
      return { version: "v1a", publicKey: createPublicKey({ key, format: "der", type: "spki" }) };
    }
    case "whsk_":
      throw new WebhookSetupError(
        "a whsk_ key signs: a receiver verifies with the whpk_ key that belongs to it",
      );
    default:
      throw new WebhookSetupError("a secret begins with whsec_, or whpk_ for ed25519");
  }
}

/** Node's own decoder skips whatever it does not know, and would make another key of a damaged one. */
function decode(text: string, prefix: string, [min, max]: readonly [number, number]): Buffer {
  const encoded = text.slice(prefix.length);
  const bytes = Buffer.from(encoded, "base64");
  if (bytes.toString("base64") !== encoded || bytes.length < min || bytes.length > max) {
    const size = min === max ? String(min) : `${min} to ${max}`;
    throw new WebhookSetupError(
      `what follows ${prefix} must be the base64 of ${size} bytes, with its padding`,
    );
  }
  return bytes;
}
