import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface SeverableProxy {
  readonly url: string;
  /** Nothing gets through any more, as behind an unplugged cable: no connection is closed. */
  sever(): void;
  mend(): void;
  /** New connections get through; the severed ones never will, as after a firewall that forgot them. */
  abandon(): void;
  connections(): number;
  /** Every connection breaks and none can be made any more, as when the server behind it is stopped. */
  close(): Promise<void>;
  /** After `close`, at the same address. */
  reopen(): Promise<void>;
}

/** Stands between a client and its server, so that a test can part them without stopping the server for everybody. */
export async function startSeverableProxy(targetUrl: string): Promise<SeverableProxy> {
  const target = new URL(targetUrl);
  const sockets = new Set<Socket>();
  let severed = false;
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
      if (severed) socket.pause();
    }
  });
  async function listen(port: number): Promise<void> {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  }
  await listen(0);

  const { port } = server.address() as AddressInfo;
  const url = new URL(targetUrl);
  url.hostname = "127.0.0.1";
  url.port = String(port);
  return {
    url: url.href,
    sever() {
      severed = true;
      for (const socket of sockets) socket.pause();
    },
    mend() {
      severed = false;
      for (const socket of sockets) socket.resume();
    },
    abandon() {
      severed = false;
    },
    connections: () => sockets.size / 2,
    async close() {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    reopen: () => listen(port),
  };
}
