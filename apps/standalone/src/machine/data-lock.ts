import { randomInt, randomUUID } from "node:crypto";
import { once } from "node:events";
import { readdir, rm } from "node:fs/promises";
import { createConnection, createServer, type Server } from "node:net";
import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Stoppable } from "@herald/shared/stoppable";
import { hasCode } from "./error-code.ts";
import { LaunchError } from "./launch-error.ts";

export interface DataLock extends Stoppable {
  /** The last launcher on this directory did not end by itself. */
  readonly takenOver: boolean;
}

const TRIES = 3;
const NAME = /^launcher-.*\.sock$/;

/**
 * Makes sure that one launcher at a time works on a data directory. Each listens on a socket of its own there, then looks
 * for others: of two, at least the later sees the other and gives way. Unlike a file with a process id, a socket cannot
 * outlive its holder, or be mistaken for a later process with the same id.
 */
export async function lockDataDirectory(directory: string): Promise<DataLock> {
  for (let i = 0; i < TRIES; i++) {
    const lock = await tryToLock(directory);
    if (lock !== null) return lock;
    // Two that started at the same instant have both given way.
    await sleep(randomInt(20, 200));
  }
  throw new LaunchError(
    `Herald is already running on ${directory}. Stop it first, or give this one a directory of its own with DATA_DIR.`,
  );
}

async function tryToLock(directory: string): Promise<DataLock | null> {
  const own = `launcher-${randomUUID().slice(0, 8)}.sock`;
  const server = await listen(own, directory);
  const others = (await readdir(directory)).filter((name) => NAME.test(name) && name !== own);
  const held = await Promise.all(others.map((name) => isHeld(socketPath(directory, name))));
  if (held.includes(true)) {
    await close(server);
    return null;
  }
  for (const name of others) await rm(join(directory, name), { force: true });
  return { takenOver: others.length > 0, stop: () => close(server) };
}

async function listen(name: string, directory: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  try {
    server.listen(socketPath(directory, name));
    await once(server, "listening");
  } catch (error) {
    throw new LaunchError(`Cannot work in ${directory}: ${String(error)}. Choose another DATA_DIR.`, {
      cause: error,
    });
  }
  // It may not keep a process alive that has nothing else to do.
  server.unref();
  return server;
}

async function isHeld(path: string): Promise<boolean> {
  const socket = createConnection(path);
  try {
    await once(socket, "connect");
    return true;
  } catch (error) {
    return !hasCode(error, "ECONNREFUSED") && !hasCode(error, "ENOENT");
  } finally {
    socket.destroy();
  }
}

/** Such paths end at about 100 bytes, and the one from here is usually the shorter. */
function socketPath(directory: string, name: string): string {
  return relative(process.cwd(), join(directory, name));
}

async function close(server: Server): Promise<void> {
  server.close();
  await once(server, "close");
}
