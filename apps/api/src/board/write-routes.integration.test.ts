import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createBullBoard } from "@bull-board/api";
import { openTestBoard, type TestBoard } from "../../../../tests/support/test-board.ts";

interface Route {
  readonly method: string;
  readonly path: string;
}

/** Every write of this version of Bull Board, by asking it: one that a new version adds is in the list by itself. */
function writesOfBullBoard(): readonly Route[] {
  const writes: Route[] = [];
  const adapter: Parameters<typeof createBullBoard>[0]["serverAdapter"] = {
    setQueues: () => adapter,
    setViewsPath: () => adapter,
    setStaticPath: () => adapter,
    setEntryRoute: () => adapter,
    setErrorHandler: () => adapter,
    setUIConfig: () => adapter,
    setApiRoutes(routes) {
      for (const { method, route } of routes) {
        for (const one of [method].flat()) {
          for (const path of [route].flat()) if (one !== "get") writes.push({ method: one, path });
        }
      }
      return adapter;
    },
  };
  createBullBoard({ queues: [], serverAdapter: adapter });
  return writes;
}

const FILLED: Readonly<Record<string, string>> = {
  ":queueName": "synthesis",
  ":jobId": "019ab0c1-0000-7000-8000-000000000000",
  ":queueStatus": "failed",
  ":schedulerId": "reconcile",
};
const addressOf = ({ path }: Route) =>
  `/admin/queues${path.replaceAll(/:\w+/g, (name) => FILLED[name] ?? "unknown")}`;

const WRITES = writesOfBullBoard();
const FOR_OPERATORS = new Set([
  "put /api/queues/pause",
  "put /api/queues/resume",
  "put /api/queues/:queueName/pause",
  "put /api/queues/:queueName/resume",
  "put /api/queues/:queueName/promote",
  "put /api/queues/:queueName/retry/:queueStatus",
  "put /api/queues/:queueName/clean/:queueStatus",
  "put /api/queues/:queueName/:jobId/retry",
  "put /api/queues/:queueName/:jobId/promote",
  "put /api/queues/:queueName/:jobId/clean",
]);
const nameOf = ({ method, path }: Route) => `${method} ${path}`;

let board: TestBoard;
beforeEach(() => {
  board = openTestBoard();
});
afterEach(() => board.close());

const call = (browser: ReturnType<TestBoard["browser"]>, route: Route) =>
  browser[route.method as "put" | "post" | "patch" | "delete"](addressOf(route));

describe("the writes of Bull Board", () => {
  it("are known to this test, with those that operators may make among them", () => {
    expect(WRITES.length).toBeGreaterThanOrEqual(20);
    expect(WRITES.map(nameOf)).toEqual(expect.arrayContaining([...FOR_OPERATORS]));
  });

  it.each(WRITES.map((route) => [nameOf(route), route] as const))(
    "%s: 401 to a stranger, 405 to a viewer, to others as it should be",
    async (name, route) => {
      await board.failedJob();
      const before = await board.redis.keys(`${board.keys.queuePrefix}:synthesis*`);

      const stranger = await call(board.browser(), route);
      const viewer = await call(await board.signedIn("viewer"), route);
      const sideEffects = await board.redis.keys(`${board.keys.queuePrefix}:synthesis*`);
      const operator = await call(await board.signedIn("operator"), route);
      const admin = await call(await board.signedIn("admin"), route);

      expect(stranger.status).toBe(401);
      expect(viewer.status).toBe(405);
      expect(viewer.headers["allow"]).toBe("GET, HEAD");
      expect(sideEffects.sort()).toEqual(before.sort());
      const isOpen = FOR_OPERATORS.has(name);
      expect(operator.status === 405).toBe(!isOpen);
      expect(operator.status).toBeLessThan(500);
      expect(admin.status === 405).toBe(!isOpen);
    },
  );

  it.each(["post", "patch", "delete"])("come by %s to none of the board's addresses", async (method) => {
    const browser = await board.signedIn("admin");

    for (const path of ["/", "/api/queues", "/api/queues/synthesis/pause", "/static/favicon.ico"]) {
      expect((await call(browser, { method, path })).status).toBe(405);
    }
  });
});

describe("what an operator does", () => {
  it("is one line in the log: who, what, where and how many", async () => {
    const browser = await board.signedIn("operator");
    const { eventId } = await board.failedDelivery();
    await board.failedJob();

    await browser.put("/admin/queues/api/queues/housekeeping/pause");
    await browser.put(`/admin/queues/api/queues/webhook-delivery/${eventId}/retry`);
    await browser.put("/admin/queues/api/queues/synthesis/retry/failed");

    const who = { event: "board.acted", role: "operator", key_id: expect.stringMatching(/^key_/) };
    expect(board.lines.filter(({ event }) => event === "board.acted")).toEqual([
      { ...who, request_id: expect.any(String), action: "pause", queue: "housekeeping", count: 1 },
      { ...who, request_id: expect.any(String), action: "retry", queue: "webhook-delivery", entry_id: eventId, count: 1 }, // prettier-ignore
      { ...who, request_id: expect.any(String), action: "retry", queue: "synthesis", state: "failed", count: 0, skipped: 1 }, // prettier-ignore
    ]);
  });

  it("pauses and resumes one queue, or all of them", async () => {
    const browser = await board.signedIn("operator");
    const paused = async () => {
      const answer = await browser.get("/admin/queues/api/queues");
      const { queues } = answer.body as { queues: { name: string; isPaused: boolean }[] };
      return queues.filter(({ isPaused }) => isPaused).map(({ name }) => name);
    };

    await browser.put("/admin/queues/api/queues/synthesis/pause");
    expect(await paused()).toEqual(["synthesis"]);
    await browser.put("/admin/queues/api/queues/pause");
    expect(await paused()).toEqual(["synthesis", "webhook-delivery", "housekeeping"]);
    await browser.put("/admin/queues/api/queues/webhook-delivery/resume");
    expect(await paused()).toEqual(["synthesis", "housekeeping"]);
    await browser.put("/admin/queues/api/queues/resume");
    expect(await paused()).toEqual([]);
  });

  it("names queues, states and entries that there are, or is told so", async () => {
    const browser = await board.signedIn("operator");
    const statusOf = async (path: string) => (await browser.put(`/admin/queues/api/queues/${path}`)).status;

    expect(await statusOf("nothing/pause")).toBe(404);
    expect(await statusOf("__proto__/pause")).toBe(404);
    expect(await statusOf("synthesis/retry/completed")).toBe(400);
    expect(await statusOf("synthesis/clean/active")).toBe(400);
    expect(await statusOf("synthesis/nobody/retry")).toBe(404);
  });
});
