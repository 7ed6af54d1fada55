import { isApiKey } from "@herald/shared/signing/api-key";
import { parseWebhookSecret } from "@herald/shared/signing/webhook-secret";
import { API, WEBHOOKS, START, ENDING_JOBS, setting } from "../values/setting.ts";
import * as value from "../values/value-schemas.ts";

/** What nobody else may know. */
export const SECRET_SETTINGS = {
  BOOTSTRAP_API_KEY: setting({
    schema: value.fromText("hk_ followed by the base64url of 32 bytes", (text) =>
      isApiKey(text) ? text : undefined,
    ),
    byDefault: undefined,
    description: "Creates this key, for an admin of the tenant `default`, unless it exists.",
    readBy: [...API, ...START],
    secret: true,
    madeBy: `echo "hk_$(openssl rand -base64 32 | tr '+/' '-_' | tr -d =)"`,
  }),
  AUDIO_LINK_SECRET: setting({
    schema: value.base64Bytes(32, 256),
    byDefault: null,
    description:
      "Signs the download links in jobs and webhooks, and sessions of the queue board. Changing it voids links already given out and signs operators out.",
    readBy: ENDING_JOBS,
    secret: true,
    madeBy: "openssl rand -base64 32",
  }),
  ENCRYPTION_KEY: setting({
    schema: value.listOf(value.base64Bytes(32, 32)),
    byDefault: null,
    description:
      "Seals the signing keys of webhooks in Redis. Of several, the first seals and every one opens: see docs/operations.md.",
    readBy: [...API, ...WEBHOOKS],
    secret: true,
    madeBy: "openssl rand -base64 32",
  }),
  WEBHOOK_SECRET: setting({
    schema: value.fromText("whsec_ followed by the base64 of 24 to 64 bytes", parseWebhookSecret),
    byDefault: undefined,
    description:
      "The first signing key of the tenant `default`, until `POST /v1/webhook-keys/rotate` replaces it. Without it, that key is random.",
    readBy: [...API, ...WEBHOOKS],
    secret: true,
    madeBy: 'echo "whsec_$(openssl rand -base64 32)"',
  }),
};
