import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface SeverableProxy {
  readonly url: string;
  /** Nothing gets through any more, as behind an unplugged cable: no connection is closed. */
  sever(): void;
  mend(): void;
  connections(): number;
  close(): Promise<void>;
}

/** Stands between one client and Redis, so that a test can part them without stopping Redis for everybody. */
export async function startSeverableProxy(targetUrl: string): Promise<SeverableProxy> {
  const target = new URL(targetUrl);
  const sockets = new Set<Socket>();
  let severed = false;
  const server = createServer((client) => {
    const redis = connect(Number(target.port), target.hostname);
    for (const [socket, other] of [
      [client, redis],
      [redis, client],
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
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  const url = new URL(targetUrl);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as AddressInfo).port);
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
    connections: () => sockets.size / 2,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}
