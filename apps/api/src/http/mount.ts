import { AppError } from "@herald/shared/errors";
import type { Express, RequestHandler } from "express";

type Method = "get" | "post" | "patch" | "delete";

export type Methods = Readonly<Partial<Record<Method, readonly RequestHandler[]>>>;

/** What a resource offers: its paths, and at each of them its methods with all that handles them. */
export type Routes = Readonly<Record<string, Methods>>;

/** What stands before a handler, made once for all resources. */
export interface Guards {
  /** Lets in whoever shows a known key. */
  readonly auth: RequestHandler;
  /** The same, for a route whose own step in Redis turns down a key that was removed meanwhile. */
  readonly recognize: RequestHandler;
  /** Reads a JSON body. */
  readonly json: RequestHandler;
}

/** Gives each path its methods, and a 405 with `Allow` to all others. GET answers HEAD too. */
export function mount(app: Express, routes: Routes): void {
  for (const [path, methods] of Object.entries(routes)) {
    const route = app.route(path);
    for (const [method, handlers] of Object.entries(methods) as [Method, RequestHandler[]][]) {
      route[method](...handlers);
    }
    route.all(refuseMethod(allowed(methods)));
  }
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
