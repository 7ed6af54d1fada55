import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { waitFor, type WaitOptions } from "./wait.ts";

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The bytes as they came, which signatures are made over. */
  readonly body: Buffer;
  /** Milliseconds since 1970, when the whole body was there. */
  readonly receivedAt: number;
}

export interface ReceiverAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly delayMs?: number;
}

export interface ReceiverOptions {
  /** `index` counts the requests from 0. Default: always 204. */
  readonly respond?: (request: ReceivedRequest, index: number) => ReceiverAnswer | Promise<ReceiverAnswer>;
}

/** A webhook receiver on loopback that writes down what it gets. */
export async function startReceiver({ respond = () => ({ status: 204 }) }: ReceiverOptions = {}) {
  const requests: ReceivedRequest[] = [];
  const server = createServer((req, res) => {
    void receive(req)
      .then(async (request) => {
        const { status, headers, body, delayMs } = await respond(request, requests.push(request) - 1);
        if (delayMs !== undefined) await sleep(delayMs);
        res.writeHead(status, { ...headers }).end(body);
      })
      // A sender that goes away in the middle has sent nothing to write down.
      .catch(() => res.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    requests: requests as readonly ReceivedRequest[],
    async waitForCount(count: number, options: WaitOptions = {}): Promise<void> {
      await waitFor(() => requests.length >= count, {
        what: `${count} requests at the receiver`,
        ...options,
      });
    },
    async stop(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function receive(req: IncomingMessage): Promise<ReceivedRequest> {
  const body = await buffer(req);
  return {
    method: req.method ?? "",
    path: req.url ?? "",
    headers: req.headers,
    body,
    receivedAt: Date.now(),
  };
}
