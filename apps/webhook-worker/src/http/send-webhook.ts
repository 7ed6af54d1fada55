import { messageOf } from "@herald/shared/errors";
import type { Stoppable } from "@herald/shared/lifecycle";
import { parseWebhookUrl, type AddressGuard, type Resolve } from "@herald/shared/net";
import axios, { type AxiosInstance } from "axios";
import type { Dispatcher } from "undici";
import { withinLimits } from "./attempt-deadline.ts";
import { classifyError, type ErrorClass } from "./error-class.ts";
import { createGuardedAgent } from "./guarded-agent.ts";
import { createUndiciAdapter } from "./undici-adapter.ts";

export interface WebhookRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export type SendResult =
  | { readonly kind: "response"; readonly status: number; readonly durationMs: number }
  | {
      readonly kind: "error";
      readonly errorClass: ErrorClass;
      /** For the log alone: it may name addresses. */
      readonly detail?: string;
      readonly durationMs: number;
    };

export interface WebhookSender extends Stoppable {
  /** One POST, answered or not: it never throws. When `signal` ends it, the class is `aborted`. */
  send(request: WebhookRequest, signal: AbortSignal): Promise<SendResult>;
}

export interface WebhookSenderOptions {
  readonly guard: AddressGuard;
  readonly allowHttp: boolean;
  /** For the whole attempt, from the name's resolution to the answer's last byte. */
  readonly timeoutMs?: number;
  /** How much of an answer is read. A longer one still counts by its status. */
  readonly maxResponseBytes?: number;
  readonly resolve?: Resolve;
}

const TIMEOUT_MS = 10_000;
const MAX_RESPONSE_BYTES = 65_536;

export function createWebhookSender(options: WebhookSenderOptions): WebhookSender {
  const { guard, timeoutMs = TIMEOUT_MS, maxResponseBytes = MAX_RESPONSE_BYTES, resolve } = options;
  const agent = createGuardedAgent({ guard, connectTimeoutMs: timeoutMs, ...(resolve && { resolve }) });
  const client = createClient(agent, maxResponseBytes);
  let stopped: Promise<void> | undefined;

  return {
    async send(request, signal) {
      const startedAt = performance.now();
      const took = () => performance.now() - startedAt;
      try {
        // Vetted again: what was accepted under yesterday's configuration may not be called under today's.
        const url = parseWebhookUrl(request.url, options).href;
        const status = await withinLimits({ timeoutMs, signal }, (ending) =>
          post(client, { ...request, url }, ending),
        );
        return { kind: "response", status, durationMs: took() };
      } catch (error) {
        return {
          kind: "error",
          errorClass: classifyError(error),
          detail: messageOf(error),
          durationMs: took(),
        };
      }
    },
    stop: () => (stopped ??= agent.close()),
  };
}

function createClient(dispatcher: Dispatcher, maxResponseBytes: number): AxiosInstance {
  return axios.create({
    adapter: createUndiciAdapter({ dispatcher, maxResponseBytes }),
    // The body is signed: axios must send the bytes as they are.
    transformRequest: [(data: unknown) => data],
  });
}

async function post(
  client: AxiosInstance,
  { url, headers, body }: WebhookRequest,
  signal: AbortSignal,
): Promise<number> {
  const answer = await client.post(url, body, {
    headers: { ...headers, "accept-encoding": "identity" },
    signal,
  });
  return answer.status;
}
