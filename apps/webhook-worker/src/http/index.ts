export { createWebhookSender } from "./send-webhook.ts";
export type { SendResult, WebhookFailure, WebhookResponse, WebhookSender } from "./send-webhook.ts";
