import type { Socket } from "node:net";
import type { AttemptTimings } from "./attempt-trace.ts";

export type ConnectionTimes = Omit<AttemptTimings, "firstByteMs">;

const times = new WeakMap<Socket, ConnectionTimes>();

/** Clocks a socket that begins to connect. */
export function clockConnection(socket: Socket): void {
  const startedAt = performance.now();
  let resolvedAt = startedAt;
  let connectedAt = startedAt;
  socket.once("lookup", () => (resolvedAt = performance.now()));
  // Before undici's own listeners, who use the connection at once.
  socket.prependOnceListener("connect", () => {
    connectedAt = performance.now();
    const dnsMs = resolvedAt === startedAt ? null : resolvedAt - startedAt;
    times.set(socket, { dnsMs, connectMs: connectedAt - resolvedAt, tlsMs: null });
  });
  socket.prependOnceListener("secureConnect", () => {
    const sofar = times.get(socket);
    if (sofar !== undefined) times.set(socket, { ...sofar, tlsMs: performance.now() - connectedAt });
  });
}

/** Once: those who use the connection later did not wait for it. */
export function takeConnectionTimes(socket: Socket): ConnectionTimes | undefined {
  const taken = times.get(socket);
  times.delete(socket);
  return taken;
}
