import { parseArgs } from "node:util";
import { messageOf } from "@herald/shared/errors";
import { LaunchError } from "./machine/launch-error.ts";

export const HELP = `Usage: npm start -- [options]

Starts Herald on this machine: Redis, the API and its workers. Ctrl-C stops all of it.

  --port <number>   port of the API, over PORT (default 3000)
  --help            this text

Everything else is set by environment variables: see docs/configuration.md. The ones that matter first:
  HOST              address to listen on (default 127.0.0.1: this machine only)
  REDIS_URL         a Redis of yours, instead of a private one
  DATA_DIR          where jobs, audio and secrets are kept (default ./data)`;

export interface Arguments {
  readonly help: boolean;
  readonly port: string | undefined;
}

export function parseArguments(args: readonly string[]): Arguments {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { port: { type: "string" }, help: { type: "boolean", short: "h", default: false } },
    });
    return { help: values.help, port: values.port };
  } catch (error) {
    throw new LaunchError(`${messageOf(error)}\n\n${HELP}`, { cause: error });
  }
}
