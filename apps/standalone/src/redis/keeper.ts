import { spawn } from "node:child_process";
import { Socket } from "node:net";
import type { Writable } from "node:stream";
import type { Stoppable } from "@herald/shared/stoppable";

/**
 * Ends Redis when the launcher is gone without having done so (kill -9). A shell reads the process id to end from its
 * standard input, until every process that holds the other end of that pipe has ended.
 */
export interface Keeper extends Stoppable {
  /** Handed to each process that needs Redis: Redis is kept while any of them lives. */
  readonly lifeline: Writable;
  watch(pid: number | undefined): void;
}

const SCRIPT = 'while read -r pid; do redis=$pid; done; if [ -n "$redis" ]; then kill -TERM "$redis"; fi';

export function startKeeper(): Keeper {
  const shell = spawn("/bin/sh", ["-c", SCRIPT, "herald-redis-keeper"], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  const lifeline = shell.stdin;
  // Without its keeper Redis still runs, and the next start finds it: see leftover-redis.ts.
  shell.on("error", () => undefined);
  lifeline.on("error", () => undefined);
  // Neither may keep a process alive that has nothing else to do.
  shell.unref();
  if (lifeline instanceof Socket) lifeline.unref();
  return {
    lifeline,
    watch: (pid) => lifeline.write(`${pid ?? ""}\n`),
    stop: () =>
      new Promise((resolve) => {
        lifeline.end(resolve);
      }),
  };
}
