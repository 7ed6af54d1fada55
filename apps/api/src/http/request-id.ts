import { randomUUID } from "node:crypto";
import type { RequestHandler } from "express";
import { openContext } from "./context.ts";

/** What a client may name its request: short, and safe in a header, a log line and a queue entry. */
const ACCEPTED = /^[A-Za-z0-9._-]{1,128}$/;

/** Mounted before everything else, so that every answer carries `x-request-id`, also one that refuses the request. */
export const requestId: RequestHandler = (req, res, next) => {
  const offered = req.get("x-request-id");
  const id = offered !== undefined && ACCEPTED.test(offered) ? offered : randomUUID();
  openContext(res, id);
  res.set("x-request-id", id);
  next();
};
