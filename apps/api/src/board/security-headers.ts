import type { RequestHandler } from "express";

/** Bull Board's scripts and styles are files; nothing inline runs, and nothing is fetched from anywhere else. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

// Under helmet's `no-referrer`, browsers send a form with `Origin: null`, which is what a stranger's looks like.
export const securityHeaders: RequestHandler = (_req, res, next) => {
  res.set({ "content-security-policy": POLICY, "x-frame-options": "DENY", "referrer-policy": "same-origin" });
  next();
};
