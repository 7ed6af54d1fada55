import { randomBytes } from "node:crypto";

const PREFIX = "whsec_";
const KEY_BYTES = 32;
const MIN_KEY_BYTES = 24;
const MAX_KEY_BYTES = 64;

/** The form that receivers are shown and that the Standard Webhooks libraries take. */
export function formatWebhookSecret(key: Buffer): string {
  return PREFIX + key.toString("base64");
}

export function generateWebhookSecret(random: (bytes: number) => Buffer = randomBytes): string {
  return formatWebhookSecret(random(KEY_BYTES));
}

/**
 * The key bytes of a `whsec_` secret. The libraries that receivers use want padded standard base64, and would make another
 * key, or none, of what Buffer alone lets pass. No message quotes the text: it is a secret.
 */
export function parseWebhookSecret(text: string): Buffer {
  if (!text.startsWith(PREFIX)) {
    throw new Error(`a webhook secret begins with "${PREFIX}"`);
  }
  const encoded = text.slice(PREFIX.length);
  const key = Buffer.from(encoded, "base64");
  if (key.toString("base64") !== encoded) {
    throw new Error(`what follows "${PREFIX}" in a webhook secret must be standard base64 with its padding`);
  }
  if (key.length < MIN_KEY_BYTES || key.length > MAX_KEY_BYTES) {
    throw new Error(
      `a webhook secret holds ${MIN_KEY_BYTES} to ${MAX_KEY_BYTES} bytes, and this one ${key.length}; ` +
        `make one with: printf 'whsec_%s\\n' "$(openssl rand -base64 ${KEY_BYTES})"`,
    );
  }
  return key;
}
