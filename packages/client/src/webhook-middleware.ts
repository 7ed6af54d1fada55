import type { ServerResponse } from "node:http";
import { readRawBody, WebhookTooLargeError, type BodyRequest } from "./raw-body.ts";
import { memoryReplayStore, type ReplayStore } from "./replay-store.ts";
import { WebhookVerificationError } from "./verification-error.ts";
import { createWebhookVerifier, type VerifiedWebhook, type VerifyOptions } from "./verify-webhook.ts";

export interface WebhookMiddlewareOptions extends VerifyOptions {
  /** `whsec_...` or `whpk_...`, up to 16; a request that any of them signed is accepted. */
  readonly secrets: string | readonly string[];
  /** Default: `memoryReplayStore()`, which is enough for one process. Null: every attempt is handed on, duplicates too. */
  readonly replayStore?: ReplayStore | null;
  /** Longest body that this middleware reads itself. Default: 1 MiB. */
  readonly maxBodyBytes?: number;
  /** Called when a request was refused, for your log. */
  readonly onRefused?: (error: WebhookVerificationError | WebhookTooLargeError) => void;
  /** Called when the replay store failed after the answer was given; the event may then be handed on again. */
  readonly onStoreError?: (error: unknown) => void;
}

/** A request that is handed on: `webhook` is what was verified. */
export type WebhookRequest = BodyRequest & { webhook?: VerifiedWebhook };

/** Express's `RequestHandler`, without its types. */
export type WebhookMiddleware = (
  request: WebhookRequest,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

const MAX_BODY_BYTES = 2 ** 20;

/**
 * Hands each event that Herald signed on once, as `request.webhook`; it counts as handled when your handler answers 2xx. It
 * answers all other requests itself: 400 when one does not verify, 413 when it is too long, 204 when its event was handled
 * before, 409 while its event is being handled. Setup errors, and a replay store that fails, go to `next`. Throws a
 * WebhookSetupError at once for secrets or options that cannot work.
 */
export function webhookMiddleware(options: WebhookMiddlewareOptions): WebhookMiddleware {
  const { secrets, maxBodyBytes = MAX_BODY_BYTES, onRefused } = options;
  const verify = createWebhookVerifier(secrets, options);
  const replayStore = options.replayStore === undefined ? memoryReplayStore() : options.replayStore;
  const { onStoreError = () => undefined } = options;

  async function receive(request: WebhookRequest, response: ServerResponse): Promise<"hand_on" | "answered"> {
    const webhook = verify(await readRawBody(request, maxBodyBytes), request.headers);
    request.webhook = webhook;
    if (replayStore === null) {
      return "hand_on";
    }
    const claim = await replayStore.claim(webhook.replayKey);
    switch (claim) {
      case "started":
        if (response.destroyed) {
          await replayStore.release(webhook.replayKey);
          return "answered";
        }
        noteEnd(response, { replayStore, replayKey: webhook.replayKey, onStoreError });
        return "hand_on";
      case "handled":
        response.writeHead(204).end();
        return "answered";
      case "in_progress":
        refuse(response, 409, "in_progress");
        return "answered";
    }
  }

  return function verifyHeraldWebhook(request, response, next) {
    receive(request, response).then(
      (outcome) => {
        if (outcome === "hand_on") next();
      },
      (error: unknown) => {
        if (error instanceof WebhookVerificationError) {
          onRefused?.(error);
          refuse(response, 400, error.code);
        } else if (error instanceof WebhookTooLargeError) {
          onRefused?.(error);
          refuse(response.setHeader("connection", "close"), 413, "body_too_large");
        } else {
          next(error);
        }
      },
    );
  };
}

interface Ending {
  readonly replayStore: ReplayStore;
  readonly replayKey: string;
  readonly onStoreError: (error: unknown) => void;
}

/** Unless the answer was sent in full and is 2xx, the event is left to the next attempt. */
function noteEnd(response: ServerResponse, { replayStore, replayKey, onStoreError }: Ending): void {
  response.once("close", () => {
    const isHandled = response.writableFinished && response.statusCode >= 200 && response.statusCode < 300;
    (isHandled ? replayStore.complete(replayKey) : replayStore.release(replayKey)).catch(onStoreError);
  });
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ error: { code } }));
}
