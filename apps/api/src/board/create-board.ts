import { AppError } from "@herald/shared/errors";
import type { Logger } from "@herald/platform/logging/logger";
import type { QueueName } from "@herald/queue/queues/entries";
import type { OperatedQueue } from "@herald/queue/queues/operated-queue";
import type { ApiKeyStore } from "../api-keys/api-key-store.ts";
import { Router, type RequestHandler } from "express";
import { contextOf } from "../http/context.ts";
import { routeNotFound } from "../http/error-handler.ts";
import { boardErrorHandler } from "./board-error-handler.ts";
import { mayAct } from "../session/board-roles.ts";
import { createEntryRules, type EntryRulesDeps } from "./entry-rules.ts";
import { presentedRoutes } from "./present-answer.ts";
import { createReadBoard } from "./read-board.ts";
import { requireSession, signedInKey } from "../session/require-session.ts";
import { sameOriginOnly } from "../session/same-origin.ts";
import { securityHeaders } from "./security-headers.ts";
import { createSessionCookie } from "../session/session-cookie.ts";
import type { LimitSignIn } from "../session/sign-in-limits.ts";
import { sessionRoutes } from "../session/session-routes.ts";
import { writeRoutes } from "./write-routes.ts";

export interface BoardDeps extends EntryRulesDeps {
  readonly queues: Readonly<Record<QueueName, OperatedQueue>>;
  readonly apiKeys: Pick<ApiKeyStore, "findByHash" | "findById" | "touch">;
  readonly limitSignIn: LimitSignIn;
  /** Where browsers reach the API: its path, if it has one, comes before the board's. */
  readonly publicUrl: string;
  readonly sessionKey: Buffer;
  readonly logger: Logger;
}

/** Where the board is mounted. */
export const BOARD_PATH = "/admin/queues";

/** The queue board: who may enter, what they see, what they may change. Mounted at BOARD_PATH. */
export function createBoard(deps: BoardDeps): Router {
  const { protocol, pathname } = new URL(deps.publicUrl);
  const basePath = `${pathname.replace(/\/+$/, "")}${BOARD_PATH}`;
  const secure = protocol === "https:";
  const cookie = createSessionCookie({ key: deps.sessionKey, basePath, secure, now: deps.now });
  const sameOrigin = sameOriginOnly(deps.publicUrl);
  const session = requireSession({ ...deps, cookie, basePath });

  const router = Router();
  router.use(named, securityHeaders);
  router.use(sessionRoutes({ ...deps, cookie, basePath, sameOrigin }));
  router.use(session);
  router.get("/api/queues/:queueName/:jobId/logs", nothingLogged);
  router.get("/api/queues/:queueName/:jobId/flow", noFlow);
  const boards = readBoards(Object.values(deps.queues), basePath);
  router.get([...presentedRoutes], smallPages, boards);
  router.get("/api/{*path}", routeNotFound);
  router.get("/{*path}", keepStaticFiles, boards, routeNotFound);
  router.use(sameOriginForActors(sameOrigin), writeRoutes({ ...deps, operated: operatedOf(deps) }));
  router.use(boardErrorHandler);
  return router;
}

function operatedOf(deps: BoardDeps) {
  const rules = createEntryRules(deps);
  const operated = (name: QueueName) => ({ queue: deps.queues[name], rules: rules[name] });
  return {
    synthesis: operated("synthesis"),
    "webhook-delivery": operated("webhook-delivery"),
    housekeeping: operated("housekeeping"),
  };
}

function readBoards(queues: readonly OperatedQueue[], basePath: string): RequestHandler {
  const forViewers = createReadBoard({ queues, basePath, forViewers: true });
  const forOperators = createReadBoard({ queues, basePath, forViewers: false });
  return (req, res, next) => {
    const board = mayAct(signedInKey(res)) ? forOperators : forViewers;
    void board(req, res, next);
  };
}

/** A viewer's write is refused as a write, wherever it came from. */
function sameOriginForActors(sameOrigin: RequestHandler): RequestHandler {
  return (req, res, next) => {
    if (!mayAct(signedInKey(res))) {
      next();
      return;
    }
    void sameOrigin(req, res, next);
  };
}

/** One name for all of the board's routes: as a metric's label, and because Bull Board's own patterns are not ours. */
const named: RequestHandler = (_req, res, next) => {
  contextOf(res).route = `${BOARD_PATH}/*`;
  next();
};

const MAX_PER_PAGE = 100;

/** Without this limit, Bull Board would read as many entries into memory as a request names. */
const smallPages: RequestHandler = (req, _res, next) => {
  if (Number(req.query["jobsPerPage"] ?? 0) > MAX_PER_PAGE) {
    throw new AppError("invalid_request", `must be at most ${MAX_PER_PAGE}`, { param: "jobsPerPage" });
  }
  next();
};

/** Herald's workers write no logs into entries, and its entries have no children. */
const nothingLogged: RequestHandler = (_req, res) => {
  res.json([]);
};
const noFlow: RequestHandler = (req, res) => {
  res.json({ nodeId: req.params["jobId"], flowRoot: null, isFlowNode: false });
};

const STATIC_MAX_AGE_SECONDS = 3600;

const keepStaticFiles: RequestHandler = (req, res, next) => {
  if (req.path.startsWith("/static/")) {
    res.set("cache-control", `private, max-age=${STATIC_MAX_AGE_SECONDS}`);
  }
  next();
};
