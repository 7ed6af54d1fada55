export interface LaunchErrorOptions extends ErrorOptions {
  readonly exitCode?: number;
}

/** A reason not to start, or to stop, that a person can act on: the message says all they need to see. */
export class LaunchError extends Error {
  override readonly name = "LaunchError";
  readonly exitCode: number;

  constructor(message: string, { exitCode = 1, ...options }: LaunchErrorOptions = {}) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
