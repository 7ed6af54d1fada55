import type { AxiosAdapter, InternalAxiosRequestConfig } from "axios";
import type { Dispatcher } from "undici";
import type { OnEnding } from "./attempt-deadline.ts";
import type { AttemptTrace } from "./attempt-trace.ts";
import { createAnswerReader, type Answer } from "./answer-reader.ts";
import type { SocketWatch } from "./socket-watch.ts";

export interface UndiciAdapterDeps {
  readonly dispatcher: Dispatcher;
  readonly sockets: SocketWatch;
  readonly maxResponseBytes: number;
}

/** What one attempt has of its own beside its request. */
export interface AttemptParts {
  readonly url: VettedUrl;
  readonly trace: AttemptTrace;
  readonly onEnding: OnEnding;
  /** Past axios: it would compare each with every other, several times, which is a tenth of what an attempt costs. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A URL, and the parts of it that undici asks for. */
export interface VettedUrl {
  readonly href: string;
  readonly origin: string;
  readonly path: string;
}

/**
 * Lets axios post through undici, whose Agent takes the guard and costs less CPU than axios's own adapter. It knows nothing
 * of redirects, of proxies in the environment and of compression: a 3xx is an answer like any other. `data` is an Answer.
 */
export function createUndiciAdapter(deps: UndiciAdapterDeps, attempt: AttemptParts): AxiosAdapter {
  return async (config) => {
    const answer = await exchange(config, deps, attempt);
    return { status: answer.status, statusText: "", headers: {}, data: answer, config };
  };
}

function exchange(
  config: InternalAxiosRequestConfig,
  { dispatcher, sockets, maxResponseBytes }: UndiciAdapterDeps,
  { url: { origin, path }, trace, onEnding, headers }: AttemptParts,
): Promise<Answer> {
  return new Promise<Answer>((resolve, reject) => {
    const reader = createAnswerReader({ maxBytes: maxResponseBytes, trace, sockets, resolve, reject });
    // At once, also while there is no connection yet.
    onEnding(reader.abort);
    dispatcher.dispatch(
      {
        origin,
        path,
        method: "POST",
        headers,
        body: config.data as Buffer,
      },
      reader.handler,
    );
  });
}
