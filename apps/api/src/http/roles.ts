import { AppError } from "@herald/shared/errors";
import type { RequestHandler } from "express";
import { contextOf } from "./context.ts";

/** Managing keys is managing everybody's access. */
export const adminOnly: RequestHandler = (_req, res, next) => {
  if (contextOf(res).key?.role !== "admin") {
    throw new AppError("admin_only", "only an admin key may do this");
  }
  next();
};

/** A viewer's key looks and never changes anything. */
export const notForViewers: RequestHandler = (_req, res, next) => {
  if (contextOf(res).key?.role === "viewer") {
    throw new AppError("read_only_key", "a viewer key may not change anything");
  }
  next();
};
