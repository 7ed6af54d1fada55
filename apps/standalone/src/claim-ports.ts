import { LaunchError } from "./machine/launch-error.ts";
import { poll } from "./machine/poll.ts";
import { canListen } from "./machine/ports.ts";
import type { LaunchSettings } from "./settings.ts";

export interface ClaimOptions {
  /** How long to wait for processes of a killed run to let go of them. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
}

/** Finds out before anything is started, so that the reason is one line instead of four crashing processes. */
export async function claimPorts(
  { host, port, healthPort }: LaunchSettings,
  options: ClaimOptions,
): Promise<void> {
  const wanted = [
    { port, advice: "Choose another: npm start -- --port <number>, or PORT." },
    ...[healthPort, healthPort + 1, healthPort + 2].map((each) => ({
      port: each,
      advice:
        "A worker answers health checks there. Choose three others in a row with HEALTH_PORT (the first of them).",
    })),
  ];
  const { patienceMs: timeoutMs, signal } = options;
  for (const { port: each, advice } of wanted) {
    if (!(await poll(() => isFree(each, host), { timeoutMs, signal }))) {
      throw new LaunchError(`Port ${each} on ${host} is in use. ${advice}`);
    }
  }
}

async function isFree(port: number, host: string): Promise<boolean> {
  try {
    return await canListen(port, host);
  } catch (error) {
    throw new LaunchError(`Cannot listen on port ${port} of HOST ${host}: ${String(error)}`, {
      cause: error,
    });
  }
}
