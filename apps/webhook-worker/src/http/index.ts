export { createWebhookSender } from "./send-webhook.ts";
export type { SendResult, WebhookResponse, WebhookSender } from "./send-webhook.ts";
