import { messageOf } from "@herald/shared/errors";
import type { Stoppable } from "@herald/shared/stoppable";
import type { Resolve } from "@herald/webhooks/guard/resolve-name";
import type { WebhookUrlRules } from "@herald/webhooks/guard/webhook-url";
import axios from "axios";
import type { Dispatcher } from "undici";
import type { Answer } from "./answer-reader.ts";
import { withinLimits } from "./attempt-deadline.ts";
import { startTrace, type AttemptTimings } from "./attempt-trace.ts";
import { classifyError, type ErrorClass } from "./error-class.ts";
import { createGuardedAgent } from "./guarded-agent.ts";
import { createProxiedAgent } from "./proxied-agent.ts";
import { watchSockets } from "./socket-watch.ts";
import { createUndiciAdapter, type AttemptParts, type UndiciAdapterDeps } from "./undici-adapter.ts";
import { createVettedUrls } from "./vetted-urls.ts";

export interface WebhookRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What is known of every attempt, answered or not. */
export interface SendFacts {
  readonly durationMs: number;
  readonly timings: AttemptTimings;
  /** Null when no connection came about. */
  readonly remoteAddress: string | null;
}

export interface WebhookResponse extends SendFacts, Answer {
  readonly kind: "response";
}

export interface WebhookFailure extends SendFacts {
  readonly kind: "error";
  readonly errorClass: ErrorClass;
  /** For the log alone: it may name addresses. */
  readonly detail?: string;
}

export type SendResult = WebhookResponse | WebhookFailure;

export interface WebhookSender extends Stoppable {
  /** One POST, answered or not: it never throws. When `signal` ends it, the class is `aborted`. */
  send(request: WebhookRequest, signal: AbortSignal): Promise<SendResult>;
}

export interface WebhookSenderOptions extends WebhookUrlRules {
  /** For the whole attempt, from the name's resolution to the answer's last byte. */
  readonly timeoutMs?: number;
  /** How much of an answer is read. A longer one still counts by its status. */
  readonly maxResponseBytes?: number;
  readonly resolve?: Resolve;
  /** See proxied-agent.ts. URLs are vetted all the same, and hosts that are addresses. */
  readonly proxyUrl?: string;
}

const TIMEOUT_MS = 10_000;
const MAX_RESPONSE_BYTES = 65_536;

export function createWebhookSender(options: WebhookSenderOptions): WebhookSender {
  const { timeoutMs = TIMEOUT_MS, maxResponseBytes = MAX_RESPONSE_BYTES, proxyUrl } = options;
  const dispatcher = createAgent(options, timeoutMs);
  const sockets = watchSockets();
  const exchange = createExchange({ dispatcher, sockets, maxResponseBytes });
  const vet = createVettedUrls(options);
  let stopped: Promise<void> | undefined;

  return {
    async send(request, signal) {
      const trace = startTrace();
      const facts = () => ({
        durationMs: performance.now() - trace.startedAt,
        timings: trace.timings,
        // A tunnel's other end is the proxy's.
        remoteAddress: proxyUrl === undefined ? trace.remoteAddress : null,
      });
      try {
        const url = vet(request.url);
        const answer = await withinLimits({ timeoutMs, signal }, (onEnding) =>
          exchange(request, { url, trace, onEnding }),
        );
        return Object.assign({ kind: "response" as const }, answer, facts());
      } catch (error) {
        return { kind: "error", errorClass: classifyError(error), detail: messageOf(error), ...facts() };
      }
    },
    stop: () =>
      (stopped ??= dispatcher.close().finally(() => {
        sockets.stop();
      })),
  };
}

function createAgent(
  { guard, resolve, proxyUrl }: WebhookSenderOptions,
  connectTimeoutMs: number,
): Dispatcher {
  return proxyUrl === undefined
    ? createGuardedAgent({ guard, connectTimeoutMs, ...(resolve && { resolve }) })
    : createProxiedAgent({ proxyUrl, connectTimeoutMs });
}

type Exchange = (request: WebhookRequest, attempt: Omit<AttemptParts, "headers">) => Promise<Answer>;

function createExchange(deps: UndiciAdapterDeps): Exchange {
  // Without axios's defaults, which are for what a browser or an API's client sends, and which each request would merge: the
  // body is signed and goes out as it is, and every status is an answer.
  const client = new axios.Axios({});
  return async (request, attempt) => {
    // Assigned, not spread: a spread behind another property costs most of a microsecond for each header.
    const ours = saysAccept(request.headers) ? {} : { accept: "*/*" };
    const headers = Object.assign(ours, request.headers, { "accept-encoding": "identity" });
    const { data } = await client.request<Answer>({
      method: "post",
      url: attempt.url.href,
      data: request.body,
      adapter: createUndiciAdapter(deps, { ...attempt, headers }),
    });
    return data;
  };
}

const ACCEPT = "accept";

/** Also as an endpoint's tenant may have written it. The lengths are compared first, which leaves nothing to lower. */
function saysAccept(headers: WebhookRequest["headers"]): boolean {
  for (const name in headers) {
    if (name.length === ACCEPT.length && name.toLowerCase() === ACCEPT) return true;
  }
  return false;
}
