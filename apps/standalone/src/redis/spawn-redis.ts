import { spawn, type ChildProcess } from "node:child_process";
import type { RedisEndpoint } from "./endpoint.ts";
import { redisConfig } from "./redis-config.ts";

/** Runs in its own session: Ctrl-C in the terminal must not end it before the processes that need it. */
export function spawnRedis(executable: string, directory: string, endpoint: RedisEndpoint): ChildProcess {
  const child = spawn(executable, ["-"], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  // The end of the process tells more than the pipe that it breaks.
  child.stdin.on("error", () => undefined);
  child.stdin.end(redisConfig(endpoint, directory));
  return child;
}
