import { once } from "node:events";
import { createServer } from "node:http";
import { connect, type AddressInfo, type Server } from "node:net";
import { createAddressGuard } from "@herald/webhooks/guard/address-guard";
import { afterEach, expect, it } from "@jest/globals";
import { createWebhookSender } from "./send-webhook.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function listen(server: Server & { closeAllConnections(): void }): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  return (server.address() as AddressInfo).port;
}

async function startReceiver() {
  const hosts: (string | undefined)[] = [];
  const port = await listen(
    createServer((request, response) => {
      hosts.push(request.headers.host);
      response.end("ok");
    }),
  );
  return { port, hosts };
}

/** Resolves every name to this machine, as only a proxy could here: the sender's own guard opens nothing. */
async function startProxy(status = 200) {
  const asked: { target: string | undefined; authorization: string | undefined }[] = [];
  const server = createServer().on("connect", (request, socket) => {
    asked.push({ target: request.url, authorization: request.headers["proxy-authorization"] });
    socket.on("error", () => undefined).write(`HTTP/1.1 ${status} Whatever\r\n\r\n`);
    if (status !== 200) {
      socket.end();
      return;
    }
    const upstream = connect(Number(request.url?.split(":")[1]), "127.0.0.1");
    upstream.on("error", () => undefined).on("close", () => socket.destroy());
    socket
      .on("close", () => upstream.destroy())
      .pipe(upstream)
      .pipe(socket);
  });
  return { url: `http://user:pw@127.0.0.1:${await listen(server)}`, asked };
}

function setup(proxyUrl: string) {
  const guard = createAddressGuard({ allowCidrs: [] });
  const sender = createWebhookSender({ guard, allowHttp: true, timeoutMs: 2_000, proxyUrl });
  cleanups.push(() => sender.stop());
  return (url: string) =>
    sender.send({ url, headers: {}, body: Buffer.from("{}") }, new AbortController().signal);
}

it("sends a webhook through the proxy, which resolves the name", async () => {
  const [receiver, proxy] = [await startReceiver(), await startProxy()];
  const host = `receiver.example:${receiver.port}`;

  const result = await setup(proxy.url)(`http://${host}/hook`);

  expect(result).toMatchObject({ kind: "response", status: 200, excerpt: "ok", remoteAddress: null });
  expect(proxy.asked).toEqual([
    { target: host, authorization: `Basic ${Buffer.from("user:pw").toString("base64")}` },
  ]);
  expect(receiver.hosts).toEqual([host]);
});

it.each([403, 407, 502])("fails when the proxy refuses with %i, and goes no other way", async (status) => {
  const [receiver, proxy] = [await startReceiver(), await startProxy(status)];

  const result = await setup(proxy.url)(`http://localhost.example:${receiver.port}/`);

  expect(result).toMatchObject({ kind: "error", errorClass: "connect" });
  expect(receiver.hosts).toEqual([]);
});

it("fails when the proxy is away, and goes no other way", async () => {
  const receiver = await startReceiver();

  const result = await setup("http://127.0.0.1:1")(`http://receiver.example:${receiver.port}/`);

  expect(result).toMatchObject({ kind: "error", errorClass: "connect" });
  expect(receiver.hosts).toEqual([]);
});

it.each(["127.0.0.1", "[::1]", "169.254.169.254", "localhost", "db.internal"])(
  "asks the proxy nothing about %s",
  async (host) => {
    const proxy = await startProxy();

    expect(await setup(proxy.url)(`http://${host}:8080/`)).toMatchObject({ errorClass: "blocked_address" });
    expect(proxy.asked).toEqual([]);
  },
);
