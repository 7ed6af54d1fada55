import { randomUUID } from "node:crypto";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Stoppable } from "@herald/shared/stoppable";

/** Where audio too large for memory is encoded before it is stored: headers are patched at the end, so it must be seekable. */
export interface Scratch extends Stoppable {
  /** A path of its own for one attempt. */
  fileFor(fence: string): string;
  /** Throws unless a write would succeed now. */
  check(): Promise<void>;
}

/** A block: a full disk may still take the name of an empty file. */
const PROBE = Buffer.alloc(4096);

/** Opens this process's own folder, and removes those of processes that were killed before they could. */
export async function openScratch(directory: string, pid = process.pid): Promise<Scratch> {
  const root = path.join(directory, "herald-scratch");
  const own = path.join(root, String(pid));
  await mkdir(root, { recursive: true });
  await removeLeftovers(root, pid);
  await mkdir(own, { recursive: true, mode: 0o700 });
  return {
    fileFor: (fence) => path.join(own, fence),
    check: () => probe(path.join(own, randomUUID())),
    stop: () => rm(own, { recursive: true, force: true }),
  };
}

async function probe(file: string): Promise<void> {
  try {
    await writeFile(file, PROBE);
  } finally {
    await rm(file, { force: true });
  }
}

/** A folder of this very pid is a leftover too: in a container, the successor of a killed process gets its number. */
async function removeLeftovers(root: string, ownPid: number): Promise<void> {
  const pids = (await readdir(root)).filter((name) => /^\d+$/.test(name));
  const dead = pids.filter((pid) => Number(pid) === ownPid || !isAlive(Number(pid)));
  await Promise.all(dead.map((pid) => rm(path.join(root, pid), { recursive: true, force: true })));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
