import type { IncomingMessage } from "node:http";
import { WebhookSetupError } from "./verification-error.ts";

/** What middleware before this one may have left on the request. */
export type BodyRequest = IncomingMessage & { body?: unknown };

/** The body is longer than `maxBodyBytes`. The middleware answers it with 413; you meet it in `onRefused`. */
export class WebhookTooLargeError extends Error {
  override readonly name = "WebhookTooLargeError";
}

/**
 * The body's bytes as they came: from `express.raw`, or from the request itself where nobody has read it. Throws a
 * WebhookSetupError when a parser read it before, and a WebhookTooLargeError when it reads more than `maxBytes`.
 */
export async function readRawBody(request: BodyRequest, maxBytes: number): Promise<Buffer> {
  const { body } = request;
  if (body instanceof Uint8Array) {
    return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  }
  if (request.readableDidRead) {
    throw new WebhookSetupError(
      `the body was ${body === undefined ? "read" : "parsed"} before the webhook could be verified, and a signature is over ` +
        "the bytes as they came. Mount this middleware before express.json(), or put " +
        'express.raw({ type: "application/json" }) before it on this route',
    );
  }
  return readStream(request, maxBytes);
}

async function readStream(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new WebhookTooLargeError(`the body is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
