import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";
import { env } from "node:process";
import { buffer } from "node:stream/consumers";
import { brotliCompressSync, constants, deflateSync, gzipSync } from "node:zlib";
import { createAddressGuard } from "@herald/webhooks/guard/address-guard";
import type { Resolve } from "@herald/webhooks/guard/resolve-name";
import { afterEach, describe, expect, it } from "@jest/globals";
import { createWebhookSender, type WebhookSenderOptions } from "./send-webhook.ts";

const LOOPBACK = createAddressGuard({ allowCidrs: ["127.0.0.0/8", "::1"] });
const SELF_SIGNED = readFileSync(new URL("./fixtures/self-signed.pem", import.meta.url));
const FAST = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
const BODY = Buffer.from('{"type":"job.completed"}');
const SLACK_MS = 250;

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function setup(options: Partial<WebhookSenderOptions> = {}) {
  const sender = createWebhookSender({ guard: LOOPBACK, allowHttp: false, timeoutMs: 5_000, ...options });
  cleanups.push(() => sender.stop());
  return {
    sender,
    send: (url: string, headers: Record<string, string> = {}, signal = new AbortController().signal) =>
      sender.send({ url, headers, body: BODY }, signal),
  };
}

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket.on("error", () => undefined)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });
  return (server.address() as AddressInfo).port;
}

/** By how much the process has grown since, in bytes; the receiver is part of it. */
function watchMemory(): () => number {
  const before = process.memoryUsage.rss();
  return () => process.memoryUsage.rss() - before;
}

const serve = async (handler: RequestListener) =>
  `http://127.0.0.1:${await listen(createHttpServer(handler))}/hook`;
const serveRaw = async (onSocket: (socket: Socket) => void) =>
  `http://127.0.0.1:${await listen(createTcpServer(onSocket))}/`;
const answerWith = (text: string) =>
  serveRaw((socket) => {
    socket.once("data", () => socket.end(text));
  });

interface Received {
  readonly request: IncomingMessage;
  readonly body: Buffer;
}

async function recordingServer(status = 200) {
  const received: Received[] = [];
  const url = await serve((request, response) => {
    void buffer(request).then((body) => {
      received.push({ request, body });
      response.writeHead(status, { location: "/elsewhere" }).end();
    });
  });
  return { url, port: Number(new URL(url).port), received };
}

describe("a sent webhook", () => {
  it("arrives as one POST with exactly the given bytes and headers", async () => {
    const { url, received } = await recordingServer(204);
    const result = await setup().send(url, { "content-type": "application/json", "webhook-id": "evt_1" });

    expect(result).toMatchObject({ kind: "response", status: 204, retryAfter: null, excerpt: "" });
    expect(received).toHaveLength(1);
    expect(received[0]?.body.equals(BODY)).toBe(true);
    expect(received[0]?.request.method).toBe("POST");
    expect(received[0]?.request.headers).toMatchObject({
      "content-type": "application/json",
      "content-length": String(BODY.length),
      "webhook-id": "evt_1",
      "accept-encoding": "identity",
    });
  });

  it.each([
    [{}, "*/*"],
    [{ Accept: "application/json" }, "application/json"],
    [{ ACCEPT: "text/plain" }, "text/plain"],
    [{ accept: "text/plain", "X-Case": "1" }, "text/plain"],
  ])("with the headers %j accepts %s, said once", async (headers, accepted) => {
    const { url, received } = await recordingServer(204);

    await setup().send(url, headers);

    expect(received.map(({ request }) => request.headersDistinct["accept"])).toEqual([[accepted]]);
  });

  it.each([301, 302, 303, 307, 308])("is answered by a %i, which is not followed", async (status) => {
    const { url, received } = await recordingServer(status);

    expect(await setup().send(url)).toMatchObject({ kind: "response", status });
    expect(received).toHaveLength(1);
  });

  it.each([301, 307])("sends nothing to where a %i leads, which nobody has judged", async (status) => {
    const canary = await recordingServer();
    const url = await serve((_request, response) =>
      response.writeHead(status, { location: canary.url }).end(),
    );

    expect(await setup().send(url)).toMatchObject({ kind: "response", status });
    expect(canary.received).toEqual([]);
  });

  it.each([400, 410, 413, 429, 500, 503])("is answered by a %i without being thrown", async (status) => {
    const { url } = await recordingServer(status);

    expect(await setup().send(url)).toMatchObject({ kind: "response", status });
  });

  it("reuses the connections of the ones before", async () => {
    const ports = new Set<number | undefined>();
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      response.end("ok");
    });
    const { send } = setup();

    // The next request may come a moment before its predecessor's connection is free again: then there are two.
    for (let sent = 0; sent < 20; sent++) await send(url);
    expect(ports.size).toBeLessThanOrEqual(2);
  });

  it("ignores proxies of the environment", async () => {
    const proxy = await recordingServer();
    const { url, received } = await recordingServer();
    const names = ["http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"];
    for (const name of names) env[name] = new URL(proxy.url).origin;
    try {
      expect(await setup().send(url)).toMatchObject({ kind: "response" });
    } finally {
      for (const name of names) Reflect.deleteProperty(env, name);
    }

    expect(received).toHaveLength(1);
    expect(proxy.received).toEqual([]);
  });

  it.each(["a\r\nx-injected: 1", "a\nx-injected: 1", "a\r\n\r\nPOST /second HTTP/1.1\r\n"])(
    "carries no header that was smuggled into another's value: %j",
    async (value) => {
      const { url, received } = await recordingServer();
      await setup().send(url, { "x-value": value });

      expect(received.length).toBeLessThanOrEqual(1);
      expect(received.filter(({ request }) => "x-injected" in request.headers)).toEqual([]);
    },
  );
});

describe("the answer", () => {
  it.each([
    ["without a length", {}],
    ["with a length of a terabyte", { "content-length": String(2 ** 40) }],
  ])("counts by its status and is cut off when it has no end: %s", async (_case, headers) => {
    const closed: Promise<unknown>[] = [];
    let writtenBytes = 0;
    const url = await serve((_request, response) => {
      closed.push(once(response, "close"));
      const chunk = Buffer.alloc(16_384, "x");
      const write = () => {
        do writtenBytes += chunk.length;
        while (response.write(chunk));
      };
      response.writeHead(200, headers).on("drain", write);
      write();
    });

    expect(await setup().send(url)).toMatchObject({ kind: "response", status: 200 });
    await Promise.all(closed);
    // What the sockets' buffers on both sides take.
    expect(writtenBytes).toBeLessThan(16 * 2 ** 20);
  });

  it("leaves its connection usable when it is as long as is read, and not when it is longer", async () => {
    const ports: (number | undefined)[] = [];
    let bytes = 1_000;
    const url = await serve((request, response) => {
      ports.push(request.socket.remotePort);
      response.end(Buffer.alloc(bytes));
    });
    const { send } = setup({ maxResponseBytes: 1_000 });

    for (let sent = 0; sent < 10; sent++) await send(url);
    expect(new Set(ports).size).toBeLessThanOrEqual(2);
    bytes = 2 ** 20;
    for (let sent = 0; sent < 10; sent++) await send(url);
    expect(new Set(ports.slice(-9)).size).toBe(9);
  });

  it.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", (bytes: Buffer) => brotliCompressSync(bytes, FAST)],
  ])("is not decompressed from %s", async (encoding, compress) => {
    const bomb = compress(Buffer.alloc(50 * 2 ** 20));
    const url = await serve((_request, response) =>
      response.writeHead(200, { "content-encoding": encoding }).end(bomb),
    );
    const grown = watchMemory();

    expect(await setup().send(url)).toMatchObject({ kind: "response", status: 200 });
    expect(grown()).toBeLessThan(20 * 2 ** 20);
  });

  it.each([
    ["HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nok", 200],
    [
      "1xx before the real one",
      `${"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(3)}HTTP/1.1 202 OK\r\n\r\n`,
      202,
    ],
    ["trailers", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x\r\n\r\n0\r\nx: 1\r\n\r\n", 200],
    [
      "a redirect to a file",
      "HTTP/1.1 302 Found\r\nlocation: file:///etc/passwd\r\ncontent-length: 0\r\n\r\n",
      302,
    ],
    ["a redirect to nowhere", "HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\r\n", 302],
    [
      "a redirect to itself",
      "HTTP/1.1 307 Temporary Redirect\r\nlocation: /\r\ncontent-length: 0\r\n\r\n",
      307,
    ],
    ["a body that 204 cannot have", "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\nbody", 204],
    ["an early refusal", "HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n", 413],
  ])("is understood with %s", async (_case, text, status) => {
    expect(await setup().send(await answerWith(text))).toMatchObject({ kind: "response", status });
  });

  it.each([
    ["that is not HTTP", "+PONG\r\n\r\n"],
    ["with a header that is none", "HTTP/1.1 200 OK\r\nno colon here\r\n\r\n"],
    ["with headers beyond 16 KiB", `HTTP/1.1 200 OK\r\nx: ${"y".repeat(20_000)}\r\n\r\n`],
    ["with a null byte in a header", "HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n"],
    ["with a line that ends in a line feed alone", "HTTP/1.1 200 OK\nx: a\n\n"],
    ["with two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"],
    ["shorter than it says", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort"],
  ])("%s is no answer", async (_case, text) => {
    const result = await setup().send(await answerWith(text));

    expect(result).toMatchObject({ kind: "error" });
    expect(["invalid_response", "reset"]).toContain(result.kind === "error" && result.errorClass);
  });
});

describe("what is told of an attempt", () => {
  it("is where it went, and how long each step took", async () => {
    const { url } = await recordingServer();
    const { port } = new URL(url);
    const { send } = setup({ resolve: resolvingTo("127.0.0.1"), allowHttp: true });

    const first = await send(`http://receiver.example:${port}/`);

    expect(first).toMatchObject({
      remoteAddress: "127.0.0.1",
      timings: { dnsMs: expect.any(Number), connectMs: expect.any(Number), tlsMs: null },
    });
    expect(first.timings.firstByteMs).toBeLessThanOrEqual(first.durationMs);
  });

  it("is no connecting on a connection that was open already", async () => {
    const { url } = await recordingServer();
    const { send } = setup();
    const results = [];
    for (let sent = 0; sent < 20; sent++) results.push(await send(url));

    const reused = results.filter(({ timings }) => timings.connectMs === null);
    expect(reused.length).toBeGreaterThanOrEqual(18);
    expect(reused[0]).toMatchObject({ remoteAddress: "127.0.0.1" });
    expect(reused[0]?.timings.firstByteMs).toBeGreaterThan(0);
  });

  it("is kept apart for attempts that run at once", async () => {
    const one = await serve((_request, response) => response.end("one"));
    const two = await serve((_request, response) => response.end("two"));
    const { send } = setup();

    const results = await Promise.all(Array.from({ length: 50 }, (_, at) => send(at % 2 === 0 ? one : two)));

    expect(results.filter(({ timings }) => timings.firstByteMs === null)).toEqual([]);
    expect(results.map((result) => result.kind === "response" && result.excerpt)).toEqual(
      Array.from({ length: 25 }, () => ["one", "two"]).flat(),
    );
  });

  it("is the first 4 KiB of the answer, without half a character, and Retry-After as it came", async () => {
    const url = await serve((_request, response) =>
      response.writeHead(503, { "retry-after": "120" }).end("é".repeat(2047) + "ab€" + "x".repeat(9_000)),
    );
    const result = await setup().send(url);

    expect(result).toMatchObject({ kind: "response", retryAfter: "120", isCutOff: false });
    expect(result.kind === "response" && result.excerpt).toBe("é".repeat(2047) + "ab");
  });

  it("is no more than 4 KiB of an answer that comes in pieces", async () => {
    const pieces = ["a", "b", "c", "d"].map((letter) => letter.repeat(1_500));
    const url = await serveRaw((socket) => {
      socket.once("data", () => {
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${pieces.join("").length}\r\n\r\n`);
        const writeNext = (): void => {
          const piece = pieces.shift();
          if (piece !== undefined) socket.write(piece, () => setImmediate(writeNext));
        };
        writeNext();
      });
    });

    const result = await setup().send(url);

    const expected = "a".repeat(1_500) + "b".repeat(1_500) + "c".repeat(1_096);
    expect(result.kind === "response" && result.excerpt).toBe(expected);
  });

  it("is that an answer was longer than is read", async () => {
    const url = await serve((_request, response) => response.end(Buffer.alloc(2_000)));

    expect(await setup({ maxResponseBytes: 1_000 }).send(url)).toMatchObject({ status: 200, isCutOff: true });
  });
});

describe("an attempt", () => {
  const dripping = (socket: Socket) => {
    socket.once("data", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      const timer = setInterval(() => socket.write("."), 20);
      socket.on("close", () => {
        clearInterval(timer);
      });
    });
  };
  /** Few enough not to be taken for a flood. */
  const hinting = (socket: Socket) => {
    const timer = setInterval(() => socket.write("HTTP/1.1 103 Early Hints\r\n\r\n"), 20);
    socket.on("close", () => {
      clearInterval(timer);
    });
  };

  it.each([
    ["accepts and never answers", () => undefined],
    ["drips its answer", dripping],
    ["sends 1xx again and again", hinting],
    ["stops within its headers", (socket: Socket) => socket.write("HTTP/1.1 200 OK\r\nx: ")],
  ])("ends at its deadline when the receiver %s", async (_case, behave) => {
    const url = await serveRaw(behave);
    const result = await setup({ timeoutMs: 150 }).send(url);

    expect(result).toMatchObject({ kind: "error", errorClass: "timeout" });
    expect(result.durationMs).toBeGreaterThanOrEqual(149);
    expect(result.durationMs).toBeLessThan(150 + SLACK_MS);
  });

  const flooding = (text: string) => (socket: Socket) => {
    const pour = () => {
      while (socket.writable && socket.write(text));
    };
    socket.on("drain", pour);
    pour();
  };

  it.each([
    ["interim answers", "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"],
    ["headers", "x-more: of the same\r\n", "HTTP/1.1 200 OK\r\n"],
    ["one header's value", "y".repeat(1_000), "HTTP/1.1 200 OK\r\nx: "],
  ])("is over when a receiver floods it with %s, in little memory", async (_case, text, beginning = "") => {
    const url = await serveRaw((socket) => {
      socket.once("data", () => {
        socket.write(beginning);
        flooding(text)(socket);
      });
    });
    const grown = watchMemory();

    expect(await setup().send(url)).toMatchObject({ kind: "error", errorClass: "invalid_response" });
    expect(grown()).toBeLessThan(20 * 2 ** 20);
  });

  it("ends at its deadline when the TLS handshake never ends", async () => {
    const url = (await serveRaw(() => undefined)).replace("http:", "https:");
    const result = await setup({ timeoutMs: 150 }).send(url);

    expect(result).toMatchObject({ kind: "error", errorClass: "timeout" });
    expect(result.durationMs).toBeLessThan(150 + SLACK_MS);
  });

  it("ends at its deadline when the resolver hangs", async () => {
    const answering = new AbortController();
    const resolve: Resolve = async () => {
      await once(answering.signal, "abort");
      return [];
    };
    const result = await setup({ timeoutMs: 150, resolve }).send("https://a.example/");
    answering.abort();

    expect(result).toMatchObject({ kind: "error", errorClass: "timeout" });
    expect(result.durationMs).toBeLessThan(150 + SLACK_MS);
  });

  it("ends when it is stopped, before or while it waits", async () => {
    const connected: (() => void)[] = [];
    const url = await serveRaw(() => connected.pop()?.());
    const { send } = setup();
    const stopping = new AbortController();
    connected.push(() => {
      stopping.abort();
    });

    expect(await send(url, {}, stopping.signal)).toMatchObject({ kind: "error", errorClass: "aborted" });
    expect(await send(url, {}, stopping.signal)).toMatchObject({ kind: "error", errorClass: "aborted" });
  });

  it.each([
    ["at once", (socket: Socket) => socket.resetAndDestroy()],
    ["after the request", (socket: Socket) => socket.once("data", () => socket.resetAndDestroy())],
    ["without an answer", (socket: Socket) => socket.once("data", () => socket.end())],
    [
      "within its answer",
      (socket: Socket) =>
        socket.once("data", () => {
          socket.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf", () => socket.resetAndDestroy());
        }),
    ],
  ])("fails as reset when the receiver closes %s", async (_case, behave) => {
    expect(await setup().send(await serveRaw(behave))).toMatchObject({ kind: "error", errorClass: "reset" });
  });

  it("fails as connect when nobody listens", async () => {
    const server = createTcpServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, "close");

    expect(await setup().send(`http://127.0.0.1:${port}/`)).toMatchObject({
      kind: "error",
      errorClass: "connect",
    });
  });

  it("fails as tls, with nothing sent, when the certificate is nobody's we trust", async () => {
    const requests: IncomingMessage[] = [];
    const servernames: string[] = [];
    const server = createTlsServer(
      {
        key: SELF_SIGNED,
        cert: SELF_SIGNED,
        SNICallback: (servername, callback) => {
          servernames.push(servername);
          callback(null);
        },
      },
      (request) => requests.push(request),
    );
    const port = await listen(server);
    const { send } = setup({ resolve: resolvingTo("127.0.0.1") });

    expect(await send(`https://receiver.example:${port}/`)).toMatchObject({
      kind: "error",
      errorClass: "tls",
    });
    expect(servernames).toEqual(["receiver.example"]);
    expect(requests).toEqual([]);
  });

  it("fails as tls, with nothing sent, when the receiver knows no version from 1.2 on", async () => {
    const requests: IncomingMessage[] = [];
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT:@SECLEVEL=0" } as const;
    const server = createTlsServer({ key: SELF_SIGNED, cert: SELF_SIGNED, ...old }, (request) =>
      requests.push(request),
    );

    expect(await setup().send(`https://127.0.0.1:${await listen(server)}/`)).toMatchObject({
      kind: "error",
      errorClass: "tls",
      detail: expect.stringMatching(/version/i),
    });
    expect(requests).toEqual([]);
  });

  it("fails as tls when the receiver speaks plain http", async () => {
    const url = (await serve((_request, response) => response.end())).replace("http:", "https:");

    expect(await setup().send(url)).toMatchObject({ kind: "error", errorClass: "tls" });
  });

  it.each(["ENOTFOUND", "EAI_AGAIN"])("fails as dns on %s", async (code) => {
    const resolve = () => Promise.reject(Object.assign(new Error(code), { code, syscall: "getaddrinfo" }));

    expect(await setup({ resolve }).send("https://gone.example/")).toMatchObject({
      kind: "error",
      errorClass: "dns",
    });
  });

  it.each([
    ["ftp://example.com/", "invalid_url"],
    ["http://example.com/", "invalid_url"],
    ["https://user:pw@example.com/", "invalid_url"],
    ["", "invalid_url"],
    ["https://10.0.0.1/", "blocked_address"],
    ["https://[::ffff:127.0.0.1]/", "blocked_address"],
    ["http://169.254.169.254/latest/meta-data/", "blocked_address"],
  ])("of a URL that may not be called is over before anything is dialled: %s", async (url, errorClass) => {
    expect(await setup().send(url)).toMatchObject({ kind: "error", errorClass });
  });
});

const resolvingTo =
  (...addresses: string[]): Resolve =>
  () =>
    Promise.resolve(addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })));
