export type { ErrorClass } from "./error-class.ts";
export { createWebhookSender } from "./send-webhook.ts";
export type { SendResult, WebhookRequest, WebhookSender, WebhookSenderOptions } from "./send-webhook.ts";
