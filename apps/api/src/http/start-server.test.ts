import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "@jest/globals";
import type { Stoppable } from "@herald/shared/stoppable";
import { startServer } from "./start-server.ts";

const HOST = "127.0.0.1";
const running: Stoppable[] = [];

async function start(app: RequestListener, { graceMs = 5000, leaveMs = 0 } = {}) {
  const server = await startServer(app, { host: HOST, port: 0, graceMs, leaveMs });
  running.push(server);
  return { server, url: `http://${HOST}:${server.port}/` };
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

describe("startServer", () => {
  it("names PORT when somebody else listens there", async () => {
    const other = createServer().listen(0, HOST);
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;

    const starting = startServer(() => undefined, { host: HOST, port, graceMs: 1000, leaveMs: 0 });

    await expect(starting).rejects.toThrow(`PORT ${port} on ${HOST} is already in use`);
    other.close();
  });

  it("names HOST when it is not ours", async () => {
    const starting = startServer(() => undefined, { host: "192.0.2.1", port: 0, graceMs: 1000, leaveMs: 0 });

    await expect(starting).rejects.toThrow("HOST 192.0.2.1 is not an address of this machine");
  });

  it("finishes what is under way before it stops, and takes nothing new", async () => {
    let finish = (): void => undefined;
    const { server, url } = await start((_req, res) => {
      finish = () => res.end("done");
      res.write("begun, ");
    });
    const response = await fetch(url);

    const stopped = server.stop();
    await expect(fetch(url)).rejects.toThrow("fetch failed");
    finish();

    expect(await response.text()).toBe("begun, done");
    await stopped;
  });

  it("first goes on for a while, and has each client leave of itself", async () => {
    const { server, url } = await start((_req, res) => res.end("ok"), { leaveMs: 1_500 });
    const kept = await fetch(url);

    void server.stop();
    const asked = await fetch(url);

    expect([kept.headers.get("connection"), asked.headers.get("connection")]).toEqual([
      "keep-alive",
      "close",
    ]);
    expect(await asked.text()).toBe("ok");
  });

  it("does not wait for connections on which nothing is asked", async () => {
    const { server, url } = await start((_req, res) => res.end("ok"));
    await (await fetch(url)).text();

    const begun = performance.now();
    await server.stop();

    expect(performance.now() - begun).toBeLessThan(1000);
  });

  it("cuts off what has not finished within the grace", async () => {
    const { server, url } = await start((_req, res) => res.write("begun, "), { graceMs: 50 });
    const response = await fetch(url);

    await server.stop();

    await expect(response.text()).rejects.toThrow("terminated");
  });

  it.each([
    {
      what: "what is not HTTP",
      request: "HELO herald\r\n\r\n",
      status: "400 Bad Request",
      message: "this is not a valid HTTP request",
    },
    {
      what: "a head that is too large",
      request: `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${"x".repeat(70_000)}\r\n\r\n`,
      status: "431 Request Header Fields Too Large",
      message: "the URL and the headers together are too long",
    },
  ])("answers $what with the envelope", async ({ request, status, message }) => {
    const { server } = await start((_req, res) => res.end());
    const socket = connect(server.port, HOST);

    socket.write(request);
    const answer = await text(socket);

    expect(answer.split("\r\n").slice(0, 2)).toEqual([
      `HTTP/1.1 ${status}`,
      expect.stringMatching(/^x-request-id: [0-9a-f-]{36}$/),
    ]);
    expect(JSON.parse(answer.slice(answer.indexOf("\r\n\r\n")))).toEqual({
      error: { message, type: "invalid_request_error", param: null, code: "invalid_request" },
    });
  });
});
