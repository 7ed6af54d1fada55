import { execFile } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { LaunchError } from "../machine/launch-error.ts";

const run = promisify(execFile);
const APT_LIMIT_MS = 300_000;

/** Debian asks this file, when it exists, whether a freshly installed service may be started. */
const SERVICE_POLICY = "/usr/sbin/policy-rc.d";

/** Installs Debian's redis-server for its program alone: the service that comes with it is not started. */
export async function installRedis(aptGet: string, servicePolicy = SERVICE_POLICY): Promise<void> {
  const forbidsStarts = await forbidServiceStarts(servicePolicy);
  try {
    await apt(aptGet, ["update"]);
    await apt(aptGet, ["install", "--yes", "--no-install-recommends", "redis-server"]);
  } finally {
    if (forbidsStarts) await rm(servicePolicy, { force: true });
  }
}

/** False when the machine has a policy of its own, which is then left as it is. */
async function forbidServiceStarts(servicePolicy: string): Promise<boolean> {
  try {
    await writeFile(servicePolicy, "#!/bin/sh\nexit 101\n", { mode: 0o755, flag: "wx" });
    return true;
  } catch {
    return false;
  }
}

async function apt(aptGet: string, args: readonly string[]): Promise<void> {
  const quietly = ["DEBIAN_FRONTEND=noninteractive", aptGet, ...args];
  try {
    await run("env", quietly, { timeout: APT_LIMIT_MS, maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    throw new LaunchError(`apt-get ${args.join(" ")} failed.\n${errorOutput(error)}`, { cause: error });
  }
}

function errorOutput(error: unknown): string {
  const stderr =
    typeof error === "object" && error !== null && "stderr" in error ? String(error.stderr) : String(error);
  return stderr.trimEnd().split("\n").slice(-5).join("\n");
}
