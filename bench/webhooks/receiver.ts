import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { now } from "./clock.ts";

/** Runs in its own process. Notes when the head of each webhook came, and answers; a second port never answers. */
const arrivals = new Map<string, number[]>();
let count = 0;

const server = createServer((req, res) => {
  const id = String(req.headers["webhook-id"]);
  const seen = arrivals.get(id);
  if (seen === undefined) arrivals.set(id, [now()]);
  else seen.push(now());
  req.resume().on("end", () => {
    res.writeHead(204).end();
    count++;
  });
});
server.keepAliveTimeout = 60_000;
const silent = createTcpServer((socket) => {
  socket.on("error", () => undefined).resume();
});
server.listen(0, "127.0.0.1");
silent.listen(0, "127.0.0.1");
await Promise.all([once(server, "listening"), once(silent, "listening")]);

process.on("message", (question) => {
  if (question === "count") process.send?.(count);
  if (question === "take") {
    process.send?.([...arrivals]);
    arrivals.clear();
    count = 0;
  }
});
process.on("disconnect", () => process.exit());
process.send?.([server, silent].map((each) => (each.address() as AddressInfo).port));
