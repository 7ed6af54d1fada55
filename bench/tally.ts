import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A receiver that counts whole webhooks by their id; `reached` resolves with the `wanted`th. */
export async function startTally(wanted: number) {
  const seen = new Set<unknown>();
  let arrived!: () => void;
  const reached = new Promise<void>((resolve) => (arrived = resolve));
  const server = createServer((req, res) => {
    req.resume().on("end", () => {
      res.writeHead(204).end();
      if (seen.add(req.headers["webhook-id"]).size === wanted) arrived();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    reached,
    async stop(): Promise<void> {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
