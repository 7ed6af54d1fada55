/** Which check a request failed. It may be told to the sender: no code tells anything that the sender did not know. */
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

/** The receiver is set up wrongly (a malformed secret, a parsed body): no request can be verified until that is mended. */
export class WebhookSetupError extends Error {
  override readonly name = "WebhookSetupError";
}
