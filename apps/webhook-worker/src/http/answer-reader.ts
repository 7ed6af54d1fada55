import type { Dispatcher } from "undici";
import type { AttemptTrace } from "./attempt-trace.ts";
import { takeConnectionTimes } from "./connection-times.ts";
import type { SocketWatch } from "./socket-watch.ts";

/** A receiver's answer, as far as it is read. */
export interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  /** The beginning of its body. */
  readonly excerpt: string;
  /** There was more than is read. */
  readonly isCutOff: boolean;
}

export interface AnswerReaderOptions {
  readonly maxBytes: number;
  readonly trace: AttemptTrace;
  readonly sockets: SocketWatch;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

const EXCERPT_BYTES = 4_096;
/** Of interim answers (1xx), which need not end: more than any use of them, and soon read. */
const MAX_INTERIM_ANSWERS = 32;

/** Reads one answer off undici, no further than `maxBytes`: the end of a longer one is cut off together with its connection. */
export function createAnswerReader({ maxBytes, trace, sockets, resolve, reject }: AnswerReaderOptions) {
  let controller: Dispatcher.DispatchController | undefined;
  let aborted: Error | undefined;
  let interimAnswers = 0;
  let status = 0;
  let bytes = 0;
  let retryAfter: string | null = null;
  const kept: Buffer[] = [];

  const answer = (isCutOff: boolean): Answer => ({ status, retryAfter, excerpt: excerptOf(kept), isCutOff });
  const abort = (error: Error): void => {
    aborted = error;
    controller?.abort(error);
    reject(error);
  };

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(started) {
      controller = started;
      if (aborted !== undefined) {
        started.abort(aborted);
        return;
      }
      sockets.next((socket) => {
        trace.remoteAddress = socket.remoteAddress ?? null;
        trace.timings = { ...trace.timings, ...takeConnectionTimes(socket) };
      });
    },
    onResponseStart(_controller, statusCode, headers) {
      if (statusCode < 200) {
        interimAnswers++;
        if (interimAnswers > MAX_INTERIM_ANSWERS) abort(tooManyInterimAnswers());
        return;
      }
      status = statusCode;
      retryAfter = [headers["retry-after"]].flat()[0] ?? null;
      trace.timings = { ...trace.timings, firstByteMs: performance.now() - trace.startedAt };
    },
    onResponseData(_controller, chunk) {
      if (bytes < EXCERPT_BYTES) kept.push(Buffer.from(chunk.subarray(0, EXCERPT_BYTES - bytes)));
      bytes += chunk.length;
      if (bytes > maxBytes) {
        resolve(answer(true));
        controller?.abort(new Error("the rest of the answer is not read"));
      }
    },
    onResponseEnd() {
      resolve(answer(false));
    },
    onResponseError(_controller, error) {
      reject(error);
    },
  };
  return { handler, abort };
}

/** Bytes that are no text, or the half of a character at the end, do no harm. */
function excerptOf(chunks: readonly Buffer[]): string {
  return chunks.length === 0 ? "" : new TextDecoder().decode(Buffer.concat(chunks), { stream: true });
}

/** Named like what the parser says of other answers that are none. */
function tooManyInterimAnswers(): Error {
  return Object.assign(new Error(`more than ${MAX_INTERIM_ANSWERS} interim answers`), {
    code: "UND_ERR_RESPONSE",
  });
}
