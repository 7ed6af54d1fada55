import { AppError } from "@herald/shared/errors";
import type { Express, RequestHandler } from "express";

type Method = "get" | "post" | "patch" | "delete";

export type Methods = Readonly<Partial<Record<Method, readonly RequestHandler[]>>>;

/** Gives a path its methods, and a 405 with `Allow` to all others. GET answers HEAD too. */
export function mount(app: Express, path: string, methods: Methods): void {
  const route = app.route(path);
  for (const [method, handlers] of Object.entries(methods) as [Method, RequestHandler[]][]) {
    route[method](...handlers);
  }
  route.all(refuseMethod(allowed(methods)));
}

function allowed(methods: Methods): string {
  const names = Object.keys(methods).flatMap((method) => (method === "get" ? ["GET", "HEAD"] : [method]));
  return names.join(", ").toUpperCase();
}

function refuseMethod(allow: string): RequestHandler {
  return (req, res) => {
    res.set("allow", allow);
    throw new AppError("method_not_allowed", `${req.method} is not possible here, only ${allow}`);
  };
}
