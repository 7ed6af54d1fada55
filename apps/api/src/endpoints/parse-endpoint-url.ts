import { AppError } from "@herald/shared/errors";

export interface ParseEndpointUrlDeps {
  /** Throws `invalid_webhook_url` or `blocked_address`. */
  readonly parseWebhookUrl: (text: string) => URL;
}

/** The same rules as for a job's `webhook_url`; what is wrong is said of the field that it stands in here. */
export function parseEndpointUrl(text: string, { parseWebhookUrl }: ParseEndpointUrlDeps): string {
  try {
    return parseWebhookUrl(text).href;
  } catch (error) {
    if (error instanceof AppError && error.param === "webhook_url") {
      throw new AppError(error.code, error.message.replace(/^webhook_/, ""), { param: "url", cause: error });
    }
    throw error;
  }
}
