import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";

export interface S3Request {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: NodeJS.Dict<string | string[]>;
}

/** Null: nothing, for ever. */
export type S3Answer = {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Falls silent after the body, which the headers may have promised to be longer. */
  readonly staysOpen?: boolean;
} | null;

export interface ScriptedS3 {
  readonly endpoint: string;
  readonly requests: readonly S3Request[];
  connections(): Promise<number>;
  stop(): Promise<void>;
}

/** A server that says what a test wants said on the wire, for faults that no S3 server can be talked into. */
export async function startScriptedS3(answer: (request: S3Request) => S3Answer): Promise<ScriptedS3> {
  const requests: S3Request[] = [];
  const server = createServer((req, res) => {
    const url = new URL(req.url ?? "/", "http://scripted");
    const { method = "", headers } = req;
    const request = { method, path: url.pathname, query: url.searchParams, headers };
    requests.push(request);
    req.resume();
    req.once("end", () => {
      write(res, answer(request));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    connections: () => promisify(server.getConnections.bind(server))(),
    async stop() {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function write(res: ServerResponse, answer: S3Answer): void {
  if (answer === null) return;
  const { status = 200, headers = {}, body = "", staysOpen = false } = answer;
  res.writeHead(status, headers);
  if (staysOpen) res.write(body);
  else res.end(body);
}

export function s3Error(
  status: number,
  code: string,
  headers: Readonly<Record<string, string>> = {},
): S3Answer {
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>as scripted</Message></Error>`;
  return { status, headers: { "content-type": "application/xml", ...headers }, body };
}
