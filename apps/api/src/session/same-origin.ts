import { AppError } from "@herald/shared/errors";
import type { Request, RequestHandler } from "express";

/**
 * Refuses a write that another site had the browser send. The cookie is SameSite=Strict already; this also holds where a
 * sibling host of ours is hostile. The order of questions is Go's `http.CrossOriginProtection`: browsers that say where a
 * request comes from are believed, and a client that says nothing at all is no browser, so it holds nobody's cookie.
 */
export function sameOriginOnly(publicUrl: string): RequestHandler {
  const publicHost = new URL(publicUrl).host;
  return (req, _res, next) => {
    if (!isSameOrigin(req, publicHost)) {
      throw new AppError("cross_site_request", "this request was sent by another site");
    }
    next();
  };
}

function isSameOrigin(req: Request, publicHost: string): boolean {
  const site = req.get("sec-fetch-site");
  if (site !== undefined) {
    return site === "same-origin";
  }
  const origin = req.get("origin");
  if (origin === undefined) {
    return true;
  }
  const host = URL.canParse(origin) ? new URL(origin).host : null;
  return host !== null && (host === req.get("host") || host === publicHost);
}
