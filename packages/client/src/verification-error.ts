/** Which check a request failed. None says more than its sender knew already. */
export type VerificationFault =
  | "missing_header"
  | "duplicate_header"
  | "malformed_header"
  | "timestamp_too_old"
  | "timestamp_too_new"
  | "signature_mismatch"
  | "malformed_payload";

/** The request is not from Herald, or too old to be believed. Answer 400 and do nothing else. */
export class WebhookVerificationError extends Error {
  override readonly name = "WebhookVerificationError";

  constructor(
    readonly code: VerificationFault,
    message: string,
  ) {
    super(message);
  }
}

/** The receiver itself is put together wrongly: no request can ever be verified this way. */
export class WebhookSetupError extends Error {
  override readonly name = "WebhookSetupError";
}
