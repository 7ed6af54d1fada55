import type { ErrorCode } from "./error-kinds.ts";

/** Private detail (`cause`) and, for a request fault, the field at fault (`param`). */
export interface AppErrorOptions extends ErrorOptions {
  readonly param?: string;
}

/** A failure we expect and name. `message` is safe to show a client; the private detail is the `cause`. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly param: string | null;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: AppErrorOptions,
  ) {
    super(message, options);
    this.param = options?.param ?? null;
  }
}

/** The message of anything thrown, for a log line. Never for a client: it may carry private detail. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
