import { AppError } from "@herald/shared/errors";
import type { RequestHandler } from "express";
import { readBody } from "../http/read-json.ts";

const FORM = "application/x-www-form-urlencoded";

/** Reads a form that a page sent into `req.body`, as strings by their names. */
export function readForm({ limitBytes }: { readonly limitBytes: number }): RequestHandler {
  return async (req, _res, next) => {
    if (req.is(FORM) === false) {
      throw new AppError("unsupported_media_type", `the body must be ${FORM}`, { param: "Content-Type" });
    }
    const body = await readBody(req, limitBytes);
    req.body = Object.fromEntries(new URLSearchParams(body.toString()));
    next();
  };
}
