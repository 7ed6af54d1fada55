import { connect } from "node:net";
import { once } from "node:events";
import { afterEach, expect, it } from "@jest/globals";
import { checkHealth } from "./health-report.ts";
import { startHealthServer, type HealthServerOptions } from "./health-server.ts";

let stop = () => Promise.resolve();

afterEach(async () => {
  await stop();
});

async function setup(given: Partial<HealthServerOptions> = {}) {
  const server = await startHealthServer({
    host: "127.0.0.1",
    port: 0,
    checks: () => Promise.resolve({ redis: "ok", storage: "ok" }),
    metrics: () => Promise.resolve("herald_up 1\n"),
    contentType: "text/plain; version=0.0.4",
    ...given,
  });
  stop = () => server.stop();
  return {
    server,
    get: (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${server.port}${path}`, init),
  };
}

const failing = () => Promise.reject(new Error("secret detail"));

it("answers that the process lives, whatever it depends on", async () => {
  const { get } = await setup({ checks: failing });

  const response = await get("/health/live");

  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ status: "live" });
});

it("says that it is stuck, and why, when only a restart would help", async () => {
  const { get } = await setup({ stuck: () => "jobs wait" });

  const response = await get("/health/live");

  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({ status: "stuck", reason: "jobs wait" });
});

it("answers 200 when everything that it depends on is there", async () => {
  const { get } = await setup();

  const response = await get("/health/ready?verbose");

  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ status: "ready", checks: { redis: "ok", storage: "ok" } });
});

it("answers 503 and names what is missing", async () => {
  const checks = () => checkHealth({ redis: () => Promise.resolve("PONG"), storage: failing });
  const { get } = await setup({ checks });

  const response = await get("/health/ready");

  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({
    status: "unavailable",
    checks: { redis: "ok", storage: "unavailable" },
  });
});

it("counts a dependency that does not answer, or cannot even be asked, as unavailable", async () => {
  const silent = () => new Promise(() => undefined);
  const broken = () => {
    throw new Error("not connected");
  };

  expect(await checkHealth({ redis: silent, storage: broken }, 10)).toEqual({
    redis: "unavailable",
    storage: "unavailable",
  });
});

it("serves the metrics under their own content type", async () => {
  const { get } = await setup();

  const response = await get("/metrics");

  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4");
  expect(await response.text()).toBe("herald_up 1\n");
});

it("answers 500 without the detail when the metrics cannot be put together", async () => {
  const { get } = await setup({ metrics: failing });

  const response = await get("/metrics");

  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain("secret detail");
});

it("answers HEAD like GET, without the body", async () => {
  const { get } = await setup();

  const response = await get("/metrics", { method: "HEAD" });

  expect(response.status).toBe(200);
  expect(response.headers.get("content-length")).toBe("12");
  expect(await response.text()).toBe("");
});

it.each([
  ["GET", "/"],
  ["GET", "/health"],
  ["GET", "/constructor"],
  ["POST", "/health/live"],
])("answers 404 in the error envelope to %s %s", async (method, path) => {
  const { get } = await setup();

  const response = await get(path, { method });

  expect(response.status).toBe(404);
  expect(await response.json()).toEqual({
    error: {
      message: expect.any(String),
      type: "invalid_request_error",
      param: null,
      code: "route_not_found",
    },
  });
});

it("listens on its host alone", async () => {
  const { server } = await setup();
  const elsewhere = connect(server.port, "127.0.0.2");

  await expect(once(elsewhere, "connect")).rejects.toThrow("ECONNREFUSED");
});

it("says why it cannot listen", async () => {
  const { server } = await setup();

  await expect(
    startHealthServer({
      host: "127.0.0.1",
      port: server.port,
      checks: failing,
      metrics: failing,
      contentType: "",
    }),
  ).rejects.toThrow(`HEALTH_PORT ${server.port} on 127.0.0.1 is already in use`);
});

it("stops, twice too, although a client keeps its connection and another waits for an answer", async () => {
  const { server, get } = await setup({ metrics: () => new Promise(() => undefined) });
  await (await get("/health/live")).text();
  const idle = connect(server.port, "127.0.0.1");
  await once(idle, "connect");
  const unanswered = get("/metrics").catch(() => "cut off");

  await server.stop();
  await server.stop();

  expect(await unanswered).toBe("cut off");
  idle.destroy();
});
