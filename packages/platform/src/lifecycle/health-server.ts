import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { presentReadiness, type HealthReport } from "./health-report.ts";
import { listen } from "./listen.ts";
import type { Stoppable } from "@herald/shared/stoppable";

export interface HealthServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly checks: () => Promise<HealthReport>;
  /** Why only a restart would help, or null while that is not so. */
  readonly stuck?: () => string | null;
  readonly metrics: () => Promise<string>;
  /** Of the metrics: `registry.contentType`. */
  readonly contentType: string;
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

type Routes = ReadonlyMap<string, () => Promise<Answer>>;

/** `/health/live`, `/health/ready` and `/metrics` of a process that serves nothing else over HTTP. */
export async function startHealthServer(
  options: HealthServerOptions,
): Promise<Stoppable & { readonly port: number }> {
  const server = createServer(serveFrom(routes(options)));
  server.requestTimeout = 5000;
  server.headersTimeout = 5000;
  await listen(server, { ...options, setting: "HEALTH_PORT" });
  return { port: (server.address() as AddressInfo).port, stop: () => close(server) };
}

function routes({ checks, stuck = () => null, metrics, contentType }: HealthServerOptions): Routes {
  return new Map([
    ["/health/live", () => Promise.resolve(presentLiveness(stuck()))],
    [
      "/health/ready",
      async () => {
        const { status, body } = presentReadiness(await checks());
        return json(status, body);
      },
    ],
    ["/metrics", async () => ({ status: 200, contentType, body: await metrics() })],
  ]);
}

function serveFrom(table: Routes): (req: IncomingMessage, res: ServerResponse) => void {
  return (req, res) => {
    const path = req.url?.split("?", 1)[0] ?? "";
    const readable = req.method === "GET" || req.method === "HEAD";
    const route = readable ? table.get(path) : undefined;
    const answered = route === undefined ? Promise.resolve(NOT_FOUND) : route().catch(() => FAILED);
    void answered.then((answer) => {
      send(res, answer);
    });
  };
}

function presentLiveness(reason: string | null): Answer {
  return reason === null ? json(200, { status: "live" }) : json(503, { status: "stuck", reason });
}

const NOT_FOUND = failure(404, "route_not_found", "there is nothing here");
const FAILED = failure(500, "internal_error", "the answer could not be put together");

/** The error envelope of the API, so that a client needs to know only one. */
function failure(status: number, code: string, message: string): Answer {
  const type = status < 500 ? "invalid_request_error" : "api_error";
  return json(status, { error: { message, type, param: null, code } });
}

function json(status: number, body: unknown): Answer {
  return { status, contentType: "application/json; charset=utf-8", body: JSON.stringify(body) };
}

function send(res: ServerResponse, { status, contentType, body }: Answer): void {
  res.writeHead(status, {
    "content-type": contentType,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  res.end(body);
}

async function close(server: Server): Promise<void> {
  if (!server.listening) {
    return;
  }
  const closed = once(server, "close");
  server.close();
  // A probe cut off mid-answer asks again elsewhere; waiting for its keep-alive would only delay the exit.
  server.closeAllConnections();
  await closed;
}
