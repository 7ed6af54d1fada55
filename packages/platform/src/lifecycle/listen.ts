import { once } from "node:events";
import type { Server } from "node:net";

export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** The name of the setting that the port came from. */
  readonly setting: "PORT" | "HEALTH_PORT";
}

/** Resolves once the server listens; throws what to change when it cannot. */
export async function listen(server: Server, { host, port, setting }: ListenOptions): Promise<void> {
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch (cause) {
    const { code = "", message } = cause as NodeJS.ErrnoException;
    const why = EXPLANATIONS[code] ?? `cannot be listened on: ${message}`;
    const what = code in HOST_FAULTS ? `HOST ${host}` : `${setting} ${port} on ${host}`;
    throw new Error(`${what} ${why}`.replaceAll("SETTING", setting), { cause });
  }
}

const HOST_FAULTS = {
  EADDRNOTAVAIL: "is not an address of this machine",
  ENOTFOUND: "is not an address of this machine",
};

const EXPLANATIONS: Readonly<Record<string, string>> = {
  ...HOST_FAULTS,
  EADDRINUSE: "is already in use: stop what listens there, or set SETTING to another",
  EACCES: "needs rights that this user does not have: set SETTING to one above 1023",
};
