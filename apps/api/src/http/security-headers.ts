import type { RequestHandler } from "express";

/** For answers that are data and nobody's page. What is a page, the queue board, replaces some of them by its own. */
const HEADERS = Object.entries({
  "cache-control": "no-store", // Jobs change, and keys are secret.
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=31536000; includeSubDomains",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
});

/** A table, because every request pays for it: helmet's chain of middlewares took a tenth of a submission's time. */
export const securityHeaders: RequestHandler = (_req, res, next) => {
  for (const [name, value] of HEADERS) res.setHeader(name, value);
  next();
};
