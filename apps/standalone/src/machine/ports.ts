import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { hasCode } from "./error-code.ts";
import { LaunchError } from "./launch-error.ts";

const LOOPBACK = "127.0.0.1";
const TRIES = 50;

/**
 * A loopback port on which nothing listens. Below the range from which the system gives out ports for outgoing
 * connections: a client that tries to reach a restarting server could otherwise be given the server's own port.
 */
export async function findFreePort(): Promise<number> {
  for (let i = 0; i < TRIES; i++) {
    const port = randomInt(20_000, 32_000);
    if (await canListen(port, LOOPBACK)) return port;
  }
  throw new LaunchError(`No free port found on ${LOOPBACK} between 20000 and 32000.`);
}

export async function canListen(port: number, host: string): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch (error) {
    if (hasCode(error, "EADDRINUSE")) return false;
    throw error;
  }
  server.close();
  await once(server, "close");
  return true;
}
