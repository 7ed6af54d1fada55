export type { WebhookHeaders } from "./headers.ts";
export { memoryReplayStore } from "./replay-store.ts";
export type { MemoryReplayStoreOptions, ReplayClaim, ReplayStore } from "./replay-store.ts";
export type { SignatureForm } from "./signature-forms.ts";
export { WebhookSetupError, WebhookVerificationError } from "./verification-error.ts";
export type { VerificationFault } from "./verification-error.ts";
export { createWebhookVerifier, verifyWebhook } from "./verify-webhook.ts";
export type { VerifiedWebhook, VerifyOptions, WebhookVerifier } from "./verify-webhook.ts";
export { isEndpointEvent, isJobEvent } from "./webhook-event.ts";
export type {
  EndpointData,
  EndpointEvent,
  JobAudio,
  JobData,
  JobError,
  JobEvent,
  OtherEvent,
  WebhookEvent,
} from "./webhook-event.ts";
export { webhookMiddleware } from "./webhook-middleware.ts";
export type { WebhookMiddleware, WebhookMiddlewareOptions, WebhookRequest } from "./webhook-middleware.ts";
export { WebhookTooLargeError } from "./raw-body.ts";
