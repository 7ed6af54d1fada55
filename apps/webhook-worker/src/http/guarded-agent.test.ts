import { setImmediate as nextTurn } from "node:timers/promises";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { createAddressGuard, type AddressGuard } from "@herald/webhooks/guard/address-guard";
import type { Resolve } from "@herald/webhooks/guard/resolve-name";
import { afterEach, describe, expect, it } from "@jest/globals";
import { request } from "undici";
import { createGuardedAgent, type GuardedAgentOptions } from "./guarded-agent.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const OPEN = createAddressGuard({ allowCidrs: ["127.0.0.0/8", "::1"] });
const CLOSED = createAddressGuard({ allowCidrs: [] });
/** Takes 127.0.0.1 for a public address, so that one machine has both kinds. */
const ONLY_ONE = createAddressGuard({ allowCidrs: ["127.0.0.1/32"] });

const resolving =
  (...answers: string[][]): Resolve =>
  () =>
    Promise.resolve(
      (answers.shift() ?? []).map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );

/** A server on every loopback address: what reaches it where it should not have, is counted. */
async function startCanary(handler: RequestListener = (_request, response) => response.end("ok")) {
  const dialled: (string | undefined)[] = [];
  const server = createServer(handler).on("connection", (socket) => dialled.push(socket.localAddress));
  server.listen(0, "0.0.0.0");
  await once(server, "listening");
  cleanups.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  return { port: (server.address() as AddressInfo).port, dialled };
}

function setup(guard: AddressGuard, options: Partial<GuardedAgentOptions> = {}) {
  const agent = createGuardedAgent({ guard, connectTimeoutMs: 2_000, ...options });
  cleanups.push(() => agent.destroy());
  const post = async (url: string) => {
    const { statusCode, body } = await request(url, { method: "POST", body: "{}", dispatcher: agent });
    await body.dump();
    return statusCode;
  };
  return { agent, post };
}

const BLOCKED = { code: "blocked_address" };

describe("a guarded agent", () => {
  it.each(["127.0.0.1", "[::ffff:127.0.0.1]", "0.0.0.0", "[::1]", "[::]"])(
    "never dials the literal %s, about which sockets ask no lookup",
    async (host) => {
      const { port, dialled } = await startCanary();

      await expect(setup(CLOSED).post(`http://${host}:${port}/`)).rejects.toMatchObject(BLOCKED);
      expect(dialled).toEqual([]);
    },
  );

  it.each([
    ["a private address", ["127.0.0.2"]],
    ["a public and a private address", ["127.0.0.1", "127.0.0.2"]],
    ["a private and a public address", ["127.0.0.2", "127.0.0.1"]],
    ["a mapped address", ["::ffff:127.0.0.1"]],
  ])("never dials a name that leads to %s", async (_case, addresses) => {
    const { port, dialled } = await startCanary();
    const { post } = setup(ONLY_ONE, { resolve: resolving(addresses) });

    await expect(post(`http://name.example:${port}/`)).rejects.toMatchObject(BLOCKED);
    expect(dialled).toEqual([]);
  });

  it("dials what it judged, and asks no resolver a second time", async () => {
    const { port, dialled } = await startCanary();
    const { post } = setup(ONLY_ONE, { resolve: resolving(["127.0.0.1"], ["127.0.0.2"]) });

    expect(await post(`http://rebind.example:${port}/`)).toBe(200);
    expect(dialled).toEqual(["127.0.0.1"]);
  });

  it("does not follow a name to a private address when its pooled connection is gone", async () => {
    const { port, dialled } = await startCanary((_request, response) =>
      response.setHeader("connection", "close").end(),
    );
    const { post } = setup(ONLY_ONE, { resolve: resolving(["127.0.0.1"], ["127.0.0.2"]) });
    const url = `http://moving.example:${port}/`;

    expect(await post(url)).toBe(200);
    await expect(post(url)).rejects.toMatchObject(BLOCKED);
    expect(dialled).toEqual(["127.0.0.1"]);
  });

  it("keeps using a pooled connection to the address that was judged", async () => {
    const { port, dialled } = await startCanary();
    const { post } = setup(ONLY_ONE, { resolve: resolving(["127.0.0.1"], ["127.0.0.2"]) });
    const url = `http://moving.example:${port}/`;

    for (let posted = 0; posted < 3; posted++) {
      expect(await post(url)).toBe(200);
      await nextTurn(); // The connection is free again a moment after the answer's end.
    }
    expect(dialled).toEqual(["127.0.0.1"]);
  });

  it("sends nothing to a peer that is not permitted, should one be reached after all", async () => {
    const requests: unknown[] = [];
    const { port } = await startCanary((incoming, response) => {
      requests.push(incoming);
      response.end();
    });
    // Judges the answer of the resolver well and the peer of the socket ill.
    const verdicts = [true];
    const guard: AddressGuard = { ...CLOSED, permits: () => verdicts.shift() ?? false };

    await expect(
      setup(guard, { resolve: resolving(["127.0.0.1"]) }).post(`http://name.example:${port}/`),
    ).rejects.toMatchObject(BLOCKED);
    expect(requests).toEqual([]);
  });

  it("forgets an origin once its connections have been idle", async () => {
    const { port } = await startCanary();
    const { agent, post } = setup(OPEN, { keepAliveMs: 50, resolve: () => resolving(["127.0.0.1"])("") });
    let open = 0;
    const allClosed = new Promise<void>((resolve) => {
      agent.on("connect", () => (open += 1));
      agent.on("disconnect", () => {
        open -= 1;
        if (open === 0) resolve();
      });
    });

    await Promise.all(Array.from({ length: 50 }, (_, at) => post(`http://host-${at}.example:${port}/`)));
    expect(Object.keys(agent.stats)).not.toEqual([]);
    await allClosed;
    expect(Object.keys(agent.stats)).toEqual([]);
  });

  it("forgets an origin that it could not or would not connect to", async () => {
    const { agent, post } = setup(CLOSED, { resolve: resolving(["10.0.0.1"]) });

    await expect(post("http://blocked.example/")).rejects.toMatchObject(BLOCKED);
    await expect(post("http://gone.example/")).rejects.toMatchObject({ code: "ENOTFOUND" });
    expect(Object.keys(agent.stats)).toEqual([]);
  });
});
