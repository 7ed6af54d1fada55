import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import { AppError } from "@herald/shared/errors";
import { errorEnvelope } from "./error-envelope.ts";

interface Answer {
  readonly status: string;
  readonly message: string;
}

const MALFORMED: Answer = { status: "400 Bad Request", message: "this is not a valid HTTP request" };

const ANSWERS: Readonly<Record<string, Answer>> = {
  HPE_HEADER_OVERFLOW: {
    status: "431 Request Header Fields Too Large",
    message: "the URL and the headers together are too long",
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: "408 Request Timeout",
    message: "the request did not arrive in time",
  },
};

/** Answers what never became a request: no route sees it, and its sender still deserves the envelope. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const { status, message } = ANSWERS[error.code ?? ""] ?? MALFORMED;
  const body = JSON.stringify(errorEnvelope(new AppError("invalid_request", message)));
  const head = [
    `HTTP/1.1 ${status}`,
    `x-request-id: ${randomUUID()}`,
    "content-type: application/json; charset=utf-8",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}
