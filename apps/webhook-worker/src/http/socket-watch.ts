import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";

export interface SocketWatch {
  /** To be called from `onRequestStart`: tells on which connection that request goes out. */
  next(onSocket: (socket: Socket) => void): void;
  stop(): void;
}

const CHANNEL = "undici:client:sendHeaders";

/**
 * undici shows its handlers no socket. What it does show is a diagnostics channel, on which it publishes the socket right
 * after it called `onRequestStart`, before anything else can run: so whoever asked last is the one that it is about.
 */
export function watchSockets(): SocketWatch {
  let asked: ((socket: Socket) => void) | null = null;
  const onMessage = (message: unknown): void => {
    asked?.((message as { socket: Socket }).socket);
    asked = null;
  };
  subscribe(CHANNEL, onMessage);
  return {
    next(onSocket) {
      asked = onSocket;
    },
    stop() {
      unsubscribe(CHANNEL, onMessage);
    },
  };
}
