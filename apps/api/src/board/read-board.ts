import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { ExpressAdapter } from "@bull-board/express";
import { AppError } from "@herald/shared/errors";
import type { OperatedQueue } from "@herald/queue/queues/operated-queue";
import type { Express, RequestHandler } from "express";
import { renderPage } from "../session/render-page.ts";
import { presentAnswer } from "./present-answer.ts";

export interface ReadBoardOptions {
  readonly queues: readonly OperatedQueue[];
  /** Where the browser sees the board: a proxy may put something before it. */
  readonly basePath: string;
  /** Without buttons, and without the names of tenants. */
  readonly forViewers: boolean;
}

const POLL_SECONDS = 10;

/** Bull Board, as far as it reads. It is never handed a request that writes. */
export function createReadBoard({ queues, basePath, forViewers }: ReadBoardOptions): RequestHandler {
  const serverAdapter = new ExpressAdapter().setBasePath(basePath);
  // A delivery that arrived, or a job that was spoken, has nothing to be retried for.
  const options = { readOnlyMode: forViewers, allowCompletedRetries: false };
  createBullBoard({
    queues: queues.map(({ bull }) => new BullMQAdapter(bull, options)),
    serverAdapter,
    options: {
      uiConfig: {
        boardTitle: forViewers ? "Herald queues (read-only)" : "Herald queues",
        hideRedisDetails: true,
        hideDocsLink: true,
        showWorkers: false,
        pollingInterval: { showSetting: false, forceInterval: POLL_SECONDS },
        miscLinks: [{ text: "Sign out", url: `${basePath}/sign-out` }],
      },
      handlerHooks: {
        after({ route }, { status = 200, body }) {
          if (status >= 400) {
            throw refusalOf(status);
          }
          return { status: 200, body: presentAnswer(route, body, !forViewers) as typeof body };
        },
      },
    },
  });
  // Thrown on, to Herald's own handler: the board would show the client the message of whatever was thrown.
  serverAdapter.setErrorHandler((error) => {
    throw error;
  });
  const app = serverAdapter.getRouter() as Express;
  app.disable("x-powered-by").disable("etag").engine("ejs", renderPage);
  return app;
}

function refusalOf(status: number): AppError {
  return status === 404
    ? new AppError("entry_not_found", "there is no such queue or entry")
    : new AppError("invalid_request", "the board cannot be asked for this");
}
