export { generateApiKey, hashApiKey, isApiKey } from "./api-key.ts";
export { signAudioLink, verifyAudioLink } from "./audio-link.ts";
export type { AudioLink, AudioLinkToVerify } from "./audio-link.ts";
export { createAudioUrl } from "./audio-url.ts";
export type { AudioUrlOptions } from "./audio-url.ts";
export { generateWebhookSecret, parseWebhookSecret } from "./webhook-secret.ts";
export { signWebhook } from "./webhook-signature.ts";
export type { SignatureHeaders, WebhookToSign } from "./webhook-signature.ts";
