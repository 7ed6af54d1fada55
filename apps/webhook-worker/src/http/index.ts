export { createWebhookSender } from "./send-webhook.ts";
export type { SendResult, WebhookSender } from "./send-webhook.ts";
