import { randomBytes } from "node:crypto";
import { pathToFileURL } from "node:url";
import { generateWebhookSecret } from "@herald/shared/signing/webhook-secret";

export interface HeraldPlaces {
  readonly redisUrl: string;
  readonly audioDirectory: string;
  /** Where the API is to be reached. */
  readonly url: string;
}

/** What all processes of one Herald have in common: where things are, and secrets that no other one knows. */
export function heraldEnv({ redisUrl, audioDirectory, url }: HeraldPlaces) {
  return {
    REDIS_URL: redisUrl,
    STORAGE_URL: pathToFileURL(audioDirectory).href,
    PUBLIC_URL: url,
    ...newSecrets(),
    // Receivers are on this machine.
    WEBHOOK_ALLOW_CIDRS: "127.0.0.0/8",
    LOG_FORMAT: "json",
  };
}

export function newSecrets() {
  return {
    AUDIO_LINK_SECRET: randomBytes(32).toString("base64"),
    ENCRYPTION_KEY: randomBytes(32).toString("base64"),
    WEBHOOK_SECRET: generateWebhookSecret(),
  };
}
