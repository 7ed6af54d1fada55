import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
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

/** A real process of the built app, configured by `env` alone. It ends with the test process, because its IPC channel does. */
export function startApp(name: AppName, env: Readonly<Record<string, string>>): RunningApp {
  const child = spawn(process.execPath, [resolve("apps", name, "dist/main.js")], {
    env: { PATH: process.env["PATH"], ...env },
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  if (child.pid === undefined) throw new Error(`${name} could not be started`);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  const exited = once(child, "exit").then(([code]) => code as number | null);
  return {
    pid: child.pid,
    output: () => output,
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
