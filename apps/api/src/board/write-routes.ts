import { AppError } from "@herald/shared/errors";
import type { Logger, LogFields } from "@herald/platform/logging/logger";
import type { QueueName } from "@herald/queue/queues/entries";
import { Router, type Request, type RequestHandler, type Response } from "express";
import { contextOf } from "../http/context.ts";
import { mayAct } from "../session/board-roles.ts";
import {
  actOnAll,
  actOnEntry,
  BULK_STATES,
  type BulkState,
  type EntryAction,
  type OperatedEntries,
  type Tally,
} from "./entry-actions.ts";
import { signedInKey } from "../session/require-session.ts";

export interface WriteRoutesDeps {
  readonly operated: Readonly<Record<QueueName, OperatedEntries>>;
  readonly logger: Logger;
}

/**
 * Everything that may be changed from the board. The paths are Bull Board's, so that its buttons work; what happens is
 * ours, because Bull Board knows nothing of records. A write that is not listed is refused to everybody.
 */
export function writeRoutes({ operated, logger }: WriteRoutesDeps): Router {
  const log = (res: Response, fields: LogFields) => {
    const { keyId, role } = signedInKey(res);
    logger.info("board.acted", { key_id: keyId, role, request_id: contextOf(res).requestId, ...fields });
  };
  const queues = Object.values(operated).map(({ queue }) => queue);

  function find(req: Request): OperatedEntries {
    const name = String(req.params["queueName"]);
    const found = Object.hasOwn(operated, name) ? operated[name as QueueName] : undefined;
    if (found === undefined) {
      throw new AppError("entry_not_found", "there is no such queue");
    }
    return found;
  }

  function one(action: EntryAction): RequestHandler {
    return async (req, res) => {
      const entries = find(req);
      const entryId = String(req.params["jobId"]);
      await actOnEntry(action, entryId, entries);
      log(res, { action, queue: entries.queue.name, entry_id: entryId, count: 1 });
      res.status(204).end();
    };
  }

  function all(action: EntryAction, present: (tally: Tally) => object): RequestHandler {
    return async (req, res) => {
      const entries = find(req);
      const state = bulkState(action, req.params["queueStatus"] ?? BULK_STATES[action][0]);
      const tally = await actOnAll(action, state, entries);
      log(res, { action, queue: entries.queue.name, state, ...tally });
      res.json(present(tally));
    };
  }

  function toggle(action: "pause" | "resume", which: (req: Request) => typeof queues): RequestHandler {
    return async (req, res) => {
      const chosen = which(req);
      await Promise.all(chosen.map((queue) => queue[action]()));
      for (const queue of chosen) log(res, { action, queue: queue.name, count: 1 });
      res.json({});
    };
  }

  const router = Router();
  router.use(viewersOnlyLook);
  for (const action of ["pause", "resume"] as const) {
    router.put(`/api/queues/${action}`, toggle(action, () => queues)); // prettier-ignore
    router.put(`/api/queues/:queueName/${action}`, toggle(action, (req) => [find(req).queue])); // prettier-ignore
  }
  router.put("/api/queues/:queueName/promote", all("promote", toBoard));
  router.put("/api/queues/:queueName/retry/:queueStatus", all("retry", toBoard));
  router.put("/api/queues/:queueName/clean/:queueStatus", all("remove", toBoard));
  router.put("/api/queues/:queueName/:jobId/retry", one("retry"));
  router.put("/api/queues/:queueName/:jobId/promote", one("promote"));
  router.put("/api/queues/:queueName/:jobId/clean", one("remove"));
  router.use(refuseWrite);
  return router;
}

/** In the words that Bull Board's page understands. */
function toBoard({ count, skipped }: Tally): object {
  return { retried: count, skipped };
}

function bulkState(action: EntryAction, state: unknown): BulkState {
  const known = BULK_STATES[action].find((candidate) => candidate === state);
  if (known === undefined) {
    const possible = BULK_STATES[action].join(", ");
    throw new AppError("invalid_request", `${action} is possible for ${possible} entries only`);
  }
  return known;
}

const viewersOnlyLook: RequestHandler = (_req, res, next) => {
  if (!mayAct(signedInKey(res))) {
    res.set("allow", "GET, HEAD");
    throw new AppError("method_not_allowed", "a viewer may look at the queues and change nothing");
  }
  next();
};

const refuseWrite: RequestHandler = (_req, res) => {
  res.set("allow", "GET, HEAD");
  throw new AppError(
    "method_not_allowed",
    "the board may retry, promote, clean, pause and resume, and nothing else",
  );
};
