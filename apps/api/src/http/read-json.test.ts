import { once } from "node:events";
import { createServer, request, type ClientRequest, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "@jest/globals";
import express from "express";
import { errorHandler } from "./error-handler.ts";
import { readJson } from "./read-json.ts";
import { requestId } from "./request-id.ts";

const LIMIT_BYTES = 1000;
let stop = (): void => undefined;

afterEach(() => {
  stop();
});

/** A client that decides itself how its body goes out. */
async function open(headers: Record<string, string> = {}): Promise<ClientRequest> {
  const app = express();
  app.post("/", requestId, readJson({ limitBytes: LIMIT_BYTES }), (req, res) => {
    res.json(req.body);
  });
  app.use(errorHandler);
  const server = createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  stop = () => {
    server.close();
    server.closeAllConnections();
  };
  const { port } = server.address() as AddressInfo;
  return request({
    port,
    host: "127.0.0.1",
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
  }).on("error", () => undefined);
}

async function answerTo(sending: ClientRequest): Promise<{ status: number | undefined; body: unknown }> {
  const [response] = (await once(sending, "response")) as [IncomingMessage];
  return { status: response.statusCode, body: await json(response) };
}

const TOO_LARGE = {
  status: 413,
  body: { error: { code: "body_too_large", message: "the body must be at most 1000 bytes" } },
};

describe("readJson", () => {
  it("puts a body together from its pieces, also in the middle of a character", async () => {
    const sending = await open();
    const bytes = Buffer.from('{"text":"é"}');

    sending.write(bytes.subarray(0, 10));
    sending.end(bytes.subarray(10));

    expect(await answerTo(sending)).toEqual({ status: 200, body: { text: "é" } });
  });

  it("refuses a body that is announced as too large before any of it has come", async () => {
    const sending = await open({ "content-length": "1001" });

    sending.flushHeaders();

    expect(await answerTo(sending)).toMatchObject(TOO_LARGE);
  });

  it("refuses a body of unknown length while it is still being sent", async () => {
    const sending = await open({ "transfer-encoding": "chunked" });

    sending.write("x".repeat(LIMIT_BYTES));
    sending.write("x");

    expect(await answerTo(sending)).toMatchObject(TOO_LARGE);
  });

  it("refuses text that is not UTF-8, instead of having something else spoken", async () => {
    const sending = await open();

    sending.end(Buffer.from('{"text":"caf\xe9"}', "latin1"));

    expect(await answerTo(sending)).toMatchObject({ status: 400, body: { error: { code: "invalid_json" } } });
  });

  it("takes a body of exactly the limit", async () => {
    const sending = await open();

    sending.end(JSON.stringify({ text: "x".repeat(LIMIT_BYTES - 11) }));

    expect(await answerTo(sending)).toMatchObject({ status: 200 });
  });
});
