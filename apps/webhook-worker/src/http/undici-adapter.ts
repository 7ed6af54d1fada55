import type { AxiosAdapter, InternalAxiosRequestConfig } from "axios";
import type { Dispatcher } from "undici";
import type { AttemptTrace } from "./attempt-trace.ts";
import { createAnswerReader, type Answer } from "./answer-reader.ts";
import type { SocketWatch } from "./socket-watch.ts";

export interface UndiciAdapterDeps {
  readonly dispatcher: Dispatcher;
  readonly sockets: SocketWatch;
  readonly maxResponseBytes: number;
}

/**
 * Lets axios post through undici, whose Agent takes the guard and costs less CPU than axios's own adapter. It knows nothing
 * of redirects, of proxies in the environment and of compression: a 3xx is an answer like any other. `data` is an Answer.
 */
export function createUndiciAdapter(deps: UndiciAdapterDeps, trace: AttemptTrace): AxiosAdapter {
  return async (config) => {
    const answer = await exchange(config, deps, trace);
    return { status: answer.status, statusText: "", headers: {}, data: answer, config };
  };
}

function exchange(
  config: InternalAxiosRequestConfig,
  { dispatcher, sockets, maxResponseBytes }: UndiciAdapterDeps,
  trace: AttemptTrace,
): Promise<Answer> {
  const signal = config.signal as AbortSignal;
  const url = new URL(config.url ?? "");
  return new Promise<Answer>((resolve, reject) => {
    const reader = createAnswerReader({ maxBytes: maxResponseBytes, trace, sockets, resolve, reject });
    // At once, also while there is no connection yet.
    signal.addEventListener("abort", () => {
      reader.abort(signal.reason as Error);
    });
    dispatcher.dispatch(
      {
        origin: url.origin,
        path: url.pathname + url.search,
        method: "POST",
        headers: config.headers.toJSON() as Record<string, string>,
        body: config.data as Buffer,
      },
      reader.handler,
    );
  });
}
