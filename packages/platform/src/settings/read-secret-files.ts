import { readFileSync } from "node:fs";
import { messageOf } from "@herald/shared/errors";
import { ConfigurationError } from "@herald/shared/configuration-error";
import { settings, type Environment, type Setting } from "./settings.ts";

const SECRETS = Object.entries<Setting<unknown>>(settings).flatMap(([name, { secret }]) =>
  secret ? [name] : [],
);

/**
 * The environment with every secret that was given as `<NAME>_FILE` read from its file, as container platforms hand them
 * over. The result no longer names the files, so it may be read, or passed on to a child process, once more.
 */
export function readSecretFiles(env: Environment): Environment {
  const result: Record<string, string | undefined> = { ...env };
  const faults: string[] = [];
  for (const name of SECRETS) {
    const fileName = `${name}_FILE`;
    const file = env[fileName];
    if (file === undefined || file === "") continue;
    try {
      result[name] = readSecret(file, env[name]);
    } catch (error) {
      faults.push(`${fileName}: ${messageOf(error)}`);
    }
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- an undefined value would be passed to children as text
    delete result[fileName];
  }
  if (faults.length > 0) {
    throw new ConfigurationError(faults);
  }
  return result;
}

function readSecret(file: string, given: string | undefined): string {
  if (given !== undefined && given !== "") {
    throw new Error("the secret is set itself as well: leave out one of the two");
  }
  const secret = readFileSync(file, "utf8").trim();
  if (secret === "") {
    throw new Error(`${file} is empty`);
  }
  return secret;
}
