import type { SendResult, WebhookFailure, WebhookResponse } from "./http/send-webhook.ts";

/** `interrupted`: we stopped it ourselves, so it says nothing about the receiver. */
export type Verdict = "delivered" | "retry" | "give_up" | "interrupted";

const GONE = 410;

export interface AttemptToJudge {
  readonly result: SendResult;
  readonly isLast: boolean;
  readonly stopping: boolean;
}

export function judgeAttempt({ result, isLast, stopping }: AttemptToJudge): Verdict {
  if (result.kind === "response") {
    if (isSuccess(result)) {
      return "delivered";
    }
    return isLast || isGone(result) ? "give_up" : "retry";
  }
  if (stopping) {
    return "interrupted";
  }
  return isLast || isRefusedByUs(result) ? "give_up" : "retry";
}

export function isSuccess({ status }: WebhookResponse): boolean {
  return status >= 200 && status < 300;
}

/** 410 Gone is a receiver's way to say that it will never want anything again (Standard Webhooks). */
export function isGone(result: SendResult): boolean {
  return result.kind === "response" && result.status === GONE;
}

/** What another try cannot mend: the address is one we do not call. */
export function isRefusedByUs(
  result: SendResult,
): result is WebhookFailure & { errorClass: "blocked_address" | "invalid_url" } {
  return (
    result.kind === "error" &&
    (result.errorClass === "blocked_address" || result.errorClass === "invalid_url")
  );
}
