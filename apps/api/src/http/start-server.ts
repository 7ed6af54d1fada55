import { once } from "node:events";
import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { listen } from "@herald/platform/lifecycle/listen";
import type { Stoppable } from "@herald/shared/stoppable";
import { answerClientError } from "./client-error.ts";

export interface ServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** How long requests under way may take to finish once a stop was asked for. */
  readonly graceMs: number;
  /** How long of it, but not all, to go on as before, while each answer sends its connection's client to look for another server. */
  readonly leaveMs: number;
}

const HEADERS_MS = 10_000;
const REQUEST_MS = 60_000;
/** Longer than load balancers keep theirs (60 s): the side that closes first must not be ours. */
const KEEP_ALIVE_MS = 65_000;
/** A connection on which nothing moves, such as a download that nobody reads. */
const IDLE_MS = 120_000;
const SWEEP_MS = 100;

export async function startServer(
  app: RequestListener,
  { host, port, graceMs, leaveMs }: ServerOptions,
): Promise<Stoppable & { readonly port: number }> {
  const server = createServer().on("clientError", answerClientError);
  const answers = trackAnswers(server);
  server.on("request", app);
  server.headersTimeout = HEADERS_MS;
  server.requestTimeout = REQUEST_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.setTimeout(IDLE_MS);
  await listen(server, { host, port, setting: "PORT" });

  async function leave(): Promise<void> {
    answers.sendAway();
    // Not even a turn of the event loop when it is to stop at once: it would take what comes in that turn.
    if (leaveMs > 0) await wait(leaveMs);
    await drain(server, graceMs - leaveMs);
  }

  let stopped: Promise<void> | undefined;
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => (stopped ??= leave()),
  };
}

/**
 * A connection that the server closes may carry a request that is just on its way. So the server asks first: with
 * `connection: close` in each answer, it is the client that leaves.
 */
function trackAnswers(server: Server): { sendAway: () => void } {
  const open = new Set<ServerResponse>();
  let isLeaving = false;
  server.on("request", (_req, res) => {
    res.shouldKeepAlive &&= !isLeaving;
    open.add(res);
    res.once("close", () => open.delete(res));
  });
  return {
    sendAway() {
      isLeaving = true;
      for (const res of open) res.shouldKeepAlive = false;
    },
  };
}

/** Takes no new connections, lets requests finish, and closes each connection as it falls idle. */
async function drain(server: Server, graceMs: number): Promise<void> {
  const closed = once(server, "close");
  server.close();
  const sweep = setInterval(() => {
    server.closeIdleConnections();
  }, SWEEP_MS);
  const cut = setTimeout(() => {
    server.closeAllConnections();
  }, graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}
