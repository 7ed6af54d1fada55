import type { ChildProcess } from "node:child_process";

/** How a process ended; `reason` is for people. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly reason: string;
}

/** Resolves when the process has ended, or could not be started at all. */
export function endOf(child: ChildProcess): Promise<ProcessEnd> {
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => {
      resolve({ code, reason: signal === null ? `exit code ${code ?? "unknown"}` : `signal ${signal}` });
    });
    child.on("error", (error) => {
      // Later errors concern a signal or a message that could not be sent, and say nothing about the end.
      if (child.pid === undefined) resolve({ code: null, reason: error.message });
    });
  });
}

/** Kills the process and all that it started. It must be the leader of its own group (`detached`). */
export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // Nobody is left in the group.
  }
}
