import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Redis } from "ioredis";
import { startApp, type AppName, type RunningApp } from "../support/apps.ts";
import { waitFor } from "../support/wait.ts";

/** A process that can be struck, and comes back under the same address. */
export interface Victim {
  readonly name: string;
  /** kill -9, and a new one in its place. Resolves when the new one is started. */
  killAndRestart(): Promise<void>;
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
  /** All that it and those before it have written. */
  output(): string;
}

/** Keeps one of Herald's processes going. */
export function keepApp(name: AppName, env: Readonly<Record<string, string>>): Victim {
  let app: RunningApp = startApp(name, env);
  let earlier = "";
  return {
    name,
    async killAndRestart() {
      await app.kill();
      earlier += app.output();
      app = startApp(name, env);
    },
    freeze: () => process.kill(app.pid, "SIGSTOP"),
    thaw: () => process.kill(app.pid, "SIGCONT"),
    async stop() {
      await app.stop();
    },
    output: () => earlier + app.output(),
  };
}

export interface RedisOptions {
  readonly executable: string;
  readonly directory: string;
  readonly port: number;
}

/** Every write is on the disk before its answer: what was acknowledged is there after any crash. */
const REDIS_CONFIG = {
  bind: "127.0.0.1",
  appendonly: "yes",
  appendfsync: "always",
  "maxmemory-policy": "noeviction",
  save: '""',
  loglevel: "warning",
  logfile: "redis.log",
};

export async function keepRedis(options: RedisOptions): Promise<Victim> {
  let child = await startRedis(options);
  const send = (signal: NodeJS.Signals) => child.kill(signal);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const exited = once(child, "exit");
    send(signal);
    await exited;
  };
  return {
    name: "redis",
    async killAndRestart() {
      await end("SIGKILL");
      child = await startRedis(options);
    },
    freeze: () => send("SIGSTOP"),
    thaw: () => send("SIGCONT"),
    stop: () => end("SIGTERM"),
    output: () => "",
  };
}

async function startRedis({ executable, directory, port }: RedisOptions): Promise<ChildProcess> {
  const child = spawn(executable, ["-"], { cwd: directory, stdio: ["pipe", "ignore", "ignore"] });
  const lines = Object.entries({ ...REDIS_CONFIG, port: String(port), dir: JSON.stringify(directory) });
  child.stdin.end(lines.map(([name, value]) => `${name} ${value}\n`).join(""));
  const client = new Redis(port, { retryStrategy: () => 20, maxRetriesPerRequest: null });
  client.on("error", () => undefined);
  try {
    await waitFor(() => client.ping().then(() => true), { timeoutMs: 20_000, what: "Redis to start" });
  } finally {
    client.disconnect();
  }
  return child;
}
