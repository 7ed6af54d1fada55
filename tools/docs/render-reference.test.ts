import { readFile } from "node:fs/promises";
import { describe, expect, it } from "@jest/globals";
import { errorKinds, type ErrorKind } from "@herald/shared/error-kinds";
import { setupApp } from "../../apps/api/src/testing/setup-app.ts";
import { referenceTables, renderReference } from "./render-reference.ts";
import { ROUTE_ANSWERS } from "./route-answers.ts";
import { mountedRoutes, type Caller } from "./route-table.ts";

const pageUrl = new URL("../../docs/api.md", import.meta.url);
const routes = mountedRoutes(setupApp().app);

it("is what docs/api.md says; `npm run docs` writes its tables", async () => {
  const page = await readFile(pageUrl, "utf8");

  expect(renderReference(page)).toBe(page);
});

it.each(Object.keys(referenceTables()))("has a place in docs/api.md for %s", async (name) => {
  expect(await readFile(pageUrl, "utf8")).toContain(`<!-- from the code: ${name} -->`);
});

describe("the routes", () => {
  it("are those that are mounted, and no others", () => {
    const mounted = routes.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);

    expect(Object.keys(ROUTE_ANSWERS).toSorted()).toEqual(mounted.toSorted());
  });

  /** Who is refused, and how. A request that is let in is answered in another way, even when it lacks a body. */
  const refused: Readonly<Record<Caller, Readonly<Record<"nobody" | "viewer" | "consumer", string | null>>>> =
    {
      anybody: { nobody: null, viewer: null, consumer: null },
      "link or any key": { nobody: "missing_api_key", viewer: null, consumer: null },
      "any key": { nobody: "missing_api_key", viewer: null, consumer: null },
      "not viewers": { nobody: "missing_api_key", viewer: "read_only_key", consumer: null },
      admins: { nobody: "missing_api_key", viewer: "admin_only", consumer: "admin_only" },
    };
  const REFUSALS = ["missing_api_key", "read_only_key", "admin_only"];

  it.each(routes)("may be called as told: $method $path", async ({ method, path, caller }) => {
    const { api, addKey } = setupApp();
    const ask = async (key: string): Promise<string | null> => {
      const request = api[method.toLowerCase() as "get"](path);
      const answer = await (key === "" ? request : request.auth(key, { type: "bearer" }));
      const code = (answer.body as { error?: { code: string } }).error?.code ?? "";
      return REFUSALS.includes(code) ? code : null;
    };

    const answers = {
      nobody: await ask(""),
      viewer: await ask(addKey("viewer")),
      consumer: await ask(addKey("consumer")),
    };

    expect(answers).toEqual(refused[caller]);
  });
});

it("tells nobody to repeat what clients are told not to repeat", () => {
  const contradicting = Object.entries<ErrorKind>(errorKinds).filter(
    ([, { headers, retry }]) => headers?.["x-should-retry"] === "false" && retry.startsWith("yes"),
  );

  expect(contradicting).toEqual([]);
});
