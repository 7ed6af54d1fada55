import type { SendResult, WebhookResponse } from "../../apps/webhook-worker/src/http/send-webhook.ts";

type WebhookFailure = Extract<SendResult, { kind: "error" }>;

const FACTS = {
  durationMs: 1,
  timings: { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null },
  remoteAddress: null,
};

/** What a sender says of a receiver that answers so. */
export function answered(status: number, changes: Partial<WebhookResponse> = {}): WebhookResponse {
  return {
    kind: "response",
    status,
    retryAfter: null,
    excerpt: "",
    isCutOff: false,
    ...FACTS,
    ...changes,
  };
}

/** What a sender says when there was no answer. */
export function unanswered(
  errorClass: WebhookFailure["errorClass"],
  changes: Partial<WebhookFailure> = {},
): WebhookFailure {
  return { kind: "error", errorClass, ...FACTS, ...changes };
}
