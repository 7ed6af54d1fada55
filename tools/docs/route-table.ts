import { markdownTable } from "./markdown-table.ts";
import type { Express, RequestHandler } from "express";
import { adminOnly, notForViewers } from "../../apps/api/src/http/roles.ts";
import { ROUTE_ANSWERS } from "./route-answers.ts";

export type Caller = "anybody" | "link or any key" | "any key" | "not viewers" | "admins";

export interface MountedRoute {
  readonly method: string;
  /** As Express has it: `/v1/jobs/:job_id`. */
  readonly path: string;
  readonly caller: Caller;
}

const CALLERS: Readonly<Record<Caller, string>> = {
  anybody: "anybody, without a key",
  "link or any key": "any key, or a signed link",
  "any key": "any key",
  "not viewers": "`consumer`, `operator`, `admin`",
  admins: "`admin`",
};

/** Every method of every path that is mounted. The queue board is a router and is left out: it has its own sign-in. */
export function mountedRoutes(app: Express): readonly MountedRoute[] {
  return app.router.stack.flatMap(({ route }) =>
    route === undefined
      ? []
      : methodsOf(route.stack).map((method) => ({
          method: method.toUpperCase(),
          path: route.path,
          caller: callerOf(
            route.stack.filter((layer) => layer.method === method).map(({ handle }) => handle),
          ),
        })),
  );
}

/** Throws for a route that ROUTE_ANSWERS does not have. */
export function routeTable(app: Express): string {
  const rows = mountedRoutes(app).map(({ method, path, caller }) => {
    const name = `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`;
    const answer = ROUTE_ANSWERS[name];
    if (answer === undefined) throw new Error(`route-answers.ts does not tell what ${name} answers`);
    return [`\`${name}\``, CALLERS[caller], answer];
  });
  return markdownTable(["Route", "Who may", "What it answers"], rows);
}

interface Layer {
  /** Of what refuses every other method: undefined. */
  readonly method: string | undefined;
  readonly handle: RequestHandler;
}

function methodsOf(layers: readonly Layer[]): readonly string[] {
  return [...new Set(layers.map(({ method }) => method))].filter((method) => method !== undefined);
}

function callerOf(handlers: readonly RequestHandler[]): Caller {
  if (handlers.includes(adminOnly)) return "admins";
  if (handlers.includes(notForViewers)) return "not viewers";
  const names = handlers.map(({ name }) => name);
  if (names.includes("linkOrKey")) return "link or any key";
  return names.includes("authenticated") ? "any key" : "anybody";
}
