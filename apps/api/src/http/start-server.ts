import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Stoppable } from "@herald/shared/lifecycle";
import { answerClientError } from "./client-error.ts";

export interface ServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** How long requests under way may take to finish once a stop was asked for. */
  readonly graceMs: number;
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
  { host, port, graceMs }: ServerOptions,
): Promise<Stoppable & { readonly port: number }> {
  const server = createServer(app).on("clientError", answerClientError);
  server.headersTimeout = HEADERS_MS;
  server.requestTimeout = REQUEST_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.setTimeout(IDLE_MS);
  await listen(server, host, port);

  let stopped: Promise<void> | undefined;
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => (stopped ??= drain(server, graceMs)),
  };
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch (cause) {
    throw new Error(explain(cause as NodeJS.ErrnoException, host, port), { cause });
  }
}

const EXPLANATIONS: Readonly<Record<string, (host: string, port: number) => string>> = {
  EADDRINUSE: (host, port) =>
    `PORT ${port} on ${host} is already in use: stop what listens there, or set PORT to another`,
  EACCES: (_host, port) =>
    `PORT ${port} needs rights that this user does not have: set PORT to one above 1023`,
  EADDRNOTAVAIL: (host) => `HOST ${host} is not an address of this machine`,
  ENOTFOUND: (host) => `HOST ${host} is not an address of this machine`,
};

function explain({ code = "", message }: NodeJS.ErrnoException, host: string, port: number): string {
  return EXPLANATIONS[code]?.(host, port) ?? `cannot listen on HOST ${host}, PORT ${port}: ${message}`;
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
