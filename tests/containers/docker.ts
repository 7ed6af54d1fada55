import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);
const MAX_OUTPUT_BYTES = 64 * 2 ** 20;

/** Runs a command to its end and answers what it wrote on standard output, without the last line break. */
export type Run = (...args: readonly string[]) => Promise<string>;

/** Whichever of Docker's two Composes is there. */
export interface Docker {
  readonly docker: Run;
  readonly compose: Run;
  readonly versions: string;
}

/** Null when no engine answers, or there is nothing that reads docker-compose.yml. */
export async function findDocker(): Promise<Docker | null> {
  const docker = runnerOf("docker");
  const engine = await docker("version", "--format", "{{.Server.Version}}").catch(() => null);
  if (engine === null) return null;
  for (const [command, ...subcommand] of [["docker", "compose"], ["docker-compose"]] as const) {
    const compose = runnerOf(command, subcommand);
    const version = await compose("version", "--short").catch(() => null);
    if (version !== null) return { docker, compose, versions: `Docker ${engine}, Compose ${version}` };
  }
  return null;
}

function runnerOf(command: string, first: readonly string[] = []): Run {
  return async (...args) => {
    const { stdout } = await execute(command, [...first, ...args], { maxBuffer: MAX_OUTPUT_BYTES });
    return stdout.trimEnd();
  };
}
