import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface StoppableProxy {
  readonly endpoint: string;
  /** Every connection breaks and none can be made any more, as when the server behind it is stopped. */
  takeDown(): Promise<void>;
  bringBack(): Promise<void>;
}

/** Stands before a server whose data would not outlive a real stop. */
export async function startStoppableProxy(targetUrl: string): Promise<StoppableProxy> {
  const target = new URL(targetUrl);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.pipe(other);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  async function listen(port: number): Promise<void> {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  }
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async takeDown() {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    bringBack: () => listen(port),
  };
}
