import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { closeSync, fstatSync, openSync, readSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { killGroup } from "../../apps/standalone/src/processes/process-end.ts";

export type AppName = "api" | "synthesis-worker" | "webhook-worker" | "housekeeper" | "standalone";

export interface RunningApp {
  readonly pid: number;
  /** All that it has written so far, on both streams. */
  output(): string;
  /** SIGTERM, then its exit code; null when a signal ended it. */
  stop(): Promise<number | null>;
  /** SIGKILL, as when the machine's memory runs out. */
  kill(): Promise<void>;
  readonly exited: Promise<number | null>;
}

const STOP_LIMIT_MS = 20_000;

/**
 * A real process of the built app, configured by `env` alone. It ends with the test process, because its IPC channel does.
 * `root`: the checkout that it is of.
 */
export function startApp(name: AppName, env: Readonly<Record<string, string>>, root = "."): RunningApp {
  const log = openLog();
  const child = spawn(process.execPath, [resolve(root, "apps", name, "dist/main.js")], {
    env: { PATH: process.env["PATH"], ...env },
    detached: true,
    stdio: ["ignore", log.fd, log.fd, "ipc"],
  });
  if (child.pid === undefined) throw new Error(`${name} could not be started`);
  const exited = once(child, "exit").then(([code]) => {
    log.close();
    return code as number | null;
  });
  return {
    pid: child.pid,
    output: log.read,
    exited,
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => {
        killGroup(child);
      }, STOP_LIMIT_MS);
      const code = await exited;
      clearTimeout(timer);
      return code;
    },
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** A file without a name: a pipe would wake this process for each line, and make what is measured slower. */
function openLog() {
  const path = join(tmpdir(), `herald-test-${randomUUID()}.log`);
  const fd = openSync(path, "wx+", 0o600);
  unlinkSync(path);
  let closed: string | null = null;
  const read = (): string => {
    if (closed !== null) return closed;
    const bytes = Buffer.alloc(fstatSync(fd).size);
    return bytes.toString("utf8", 0, readSync(fd, bytes, 0, bytes.length, 0));
  };
  return {
    fd,
    read,
    close() {
      closed ??= read();
      closeSync(fd);
    },
  };
}
