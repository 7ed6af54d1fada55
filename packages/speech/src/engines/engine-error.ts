export type EngineErrorCode = "engine_failed" | "engine_timeout" | "unspeakable_text";

/** A named failure of an engine. `unspeakable_text` is the text's fault: another attempt cannot help. */
export class EngineError extends Error {
  override readonly name = "EngineError";

  constructor(
    readonly code: EngineErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
