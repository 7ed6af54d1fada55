import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import { signWebhook } from "@herald/shared/signing/webhook-signature";
import express, { type ErrorRequestHandler, type RequestHandler } from "express";
import type { ReplayStore } from "./replay-store.ts";
import {
  webhookMiddleware,
  type WebhookMiddlewareOptions,
  type WebhookRequest,
} from "./webhook-middleware.ts";

const KEY = randomBytes(32);
const SECRET = `whsec_${KEY.toString("base64")}`;
const BODY = '{"type":"job.completed","timestamp":"2026-01-02T03:04:05Z","data":{"job_id":"j1","text":"é"}}';

function signed(id = "evt_1", body = BODY): Record<string, string> {
  const timestampSeconds = Math.floor(Date.now() / 1000);
  return {
    "content-type": "application/json",
    ...signWebhook({ keys: [KEY], id, timestampSeconds, body: Buffer.from(body) }),
  };
}

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

interface Setup {
  readonly before?: RequestHandler;
  readonly options?: Partial<WebhookMiddlewareOptions>;
  readonly answer?: (request: WebhookRequest) => number | Promise<number>;
}

/** A receiver on Express, what it handled, and how it may be posted to. */
async function setup({ before, options = {}, answer = () => 200 }: Setup = {}) {
  const handled: string[] = [];
  const errors: string[] = [];
  const app = express();
  if (before !== undefined) app.use(before);
  app.post("/hook", webhookMiddleware({ secrets: SECRET, ...options }), async (req: WebhookRequest, res) => {
    handled.push(req.webhook?.event.type ?? "");
    res.statusCode = await answer(req);
    res.end();
  });
  // Express knows a handler of errors by its four parameters.
  // eslint-disable-next-line max-params, @typescript-eslint/no-unused-vars
  const onError: ErrorRequestHandler = (error: Error, _req, res, _next) => {
    errors.push(`${error.name}: ${error.message}`);
    res.status(500).end();
  };
  app.use(onError);
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  stops.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/hook`;
  const post = (headers = signed(), body = BODY) => fetch(url, { method: "POST", headers, body });
  return { url, post, handled, errors };
}

describe("webhookMiddleware", () => {
  it.each([
    ["by itself", undefined],
    ["behind express.raw", express.raw({ type: "application/json" })],
  ])("hands on what is signed and answers 400 to what is not, %s", async (_where, before) => {
    const { post, handled } = await setup(before === undefined ? {} : { before });

    const forged = await post(signed(), BODY.replace("j1", "j2"));
    const genuine = await post();

    expect([forged.status, await forged.json()]).toEqual([400, { error: { code: "signature_mismatch" } }]);
    expect(genuine.status).toBe(200);
    expect(handled).toEqual(["job.completed"]);
  });

  it("says that it needs the raw body when it got a parsed one, and where to put it", async () => {
    const { post, errors, handled } = await setup({ before: express.json() });

    expect((await post()).status).toBe(500);

    expect(errors).toEqual([expect.stringMatching(/WebhookSetupError: the body was parsed .*express\.raw/)]);
    expect(handled).toEqual([]);
  });

  it("reads no body without end", async () => {
    const { post, handled } = await setup({ options: { maxBodyBytes: 10 } });

    expect((await post()).status).toBe(413);
    expect(handled).toEqual([]);
  });

  it("hands an event on once, and answers 204 to it ever after", async () => {
    const { post, handled } = await setup();

    const answers = [await post(), await post(), await post(signed("evt_2"))];

    expect(answers.map(({ status }) => status)).toEqual([200, 204, 200]);
    expect(handled).toHaveLength(2);
  });

  it("hands it on again when handling it failed", async () => {
    const statuses = [503, 200];
    const { post } = await setup({ answer: () => statuses.shift() ?? 500 });

    const answers = [(await post()).status, (await post()).status, (await post()).status];

    expect(answers).toEqual([503, 200, 204]);
  });

  it("answers 409 while it is being handled, so that it comes again if that fails", async () => {
    let finish: (status: number) => void = () => undefined;
    let started: () => void = () => undefined;
    const isHandling = new Promise<void>((resolve) => (started = resolve));
    const { post } = await setup({
      answer: () => {
        started();
        return new Promise<number>((resolve) => (finish = resolve));
      },
    });

    const first = post();
    await isHandling;
    const second = await post();
    finish(200);

    expect([second.status, (await first).status]).toEqual([409, 200]);
  });

  it("gives an event whose sender hung up to the next attempt", async () => {
    const released: string[] = [];
    let isReleased: () => void = () => undefined;
    const release = new Promise<void>((resolve) => (isReleased = resolve));
    const replayStore: ReplayStore = {
      claim: () => Promise.resolve("started"),
      complete: (key) => Promise.reject(new Error(`completed ${key}`)),
      release(key) {
        released.push(key);
        isReleased();
        return Promise.resolve();
      },
    };
    let hangUp: () => void = () => undefined;
    const { url } = await setup({
      options: { replayStore },
      answer: () => {
        hangUp();
        return new Promise<number>(() => undefined);
      },
    });
    const outgoing = httpRequest(url, { method: "POST", headers: signed() }).on("error", () => undefined);
    hangUp = () => outgoing.destroy();

    outgoing.end(BODY);
    await release;

    expect(released).toEqual(["evt_1"]);
  });

  it("hands on no event when the store cannot say whether it was handled", async () => {
    const away = () => Promise.reject(new Error("Redis is away"));
    const { post, handled, errors } = await setup({
      options: { replayStore: { claim: away, complete: away, release: away } },
    });

    expect((await post()).status).toBe(500);
    expect(errors).toEqual(["Error: Redis is away"]);
    expect(handled).toEqual([]);
  });

  it("tells who asked why a request was refused", async () => {
    const refused: string[] = [];
    const { post } = await setup({ options: { onRefused: ({ name }) => refused.push(name) } });

    await post({});

    expect(refused).toEqual(["WebhookVerificationError"]);
  });
});
