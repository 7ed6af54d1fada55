import { join, resolve } from "node:path";
import { readSettings } from "@herald/platform/settings/read-settings";
import type { Environment } from "@herald/platform/settings/settings";
import { LaunchError } from "./machine/launch-error.ts";

/** What the launcher itself must know. All else in the environment is for the processes, which check it. */
export interface LaunchSettings {
  readonly host: string;
  readonly port: number;
  /** The first of three in a row: synthesis-worker, webhook-worker, housekeeper. */
  readonly healthPort: number;
  /** Where this machine reaches the API: the default of PUBLIC_URL. */
  readonly localUrl: string;
  readonly dataDirectory: string;
  /** Null: bring up a private one. */
  readonly redisUrl: string | null;
  /** Hash tag of the deployment's keys. */
  readonly tag: string;
  readonly bootstrapApiKey: string | null;
  /** How long a process may take to finish its work before it is killed. */
  readonly graceMs: number;
}

const WORKERS = 3;
const MAX_PORT = 65_535;
/** A process ends by itself within 10 s after its SHUTDOWN_GRACE; one that has not by then hangs. */
const GRACE_MARGIN_MS = 15_000;

export function readLaunchSettings(env: Environment, cwd: string): LaunchSettings {
  const given = withoutEmpty(env);
  const { HOST, PORT, HEALTH_PORT, DATA_DIR, SHUTDOWN_GRACE, HERALD_TAG, BOOTSTRAP_API_KEY } = readSettings(
    given,
    ["HOST", "PORT", "HEALTH_PORT", "DATA_DIR", "SHUTDOWN_GRACE", "HERALD_TAG", "BOOTSTRAP_API_KEY"],
  );
  return {
    host: HOST,
    port: PORT,
    healthPort: given["HEALTH_PORT"] === undefined ? besides(PORT, PORT + 1) : besides(PORT, HEALTH_PORT),
    localUrl: readSettings({ HOST, PORT: String(PORT) }, ["PUBLIC_URL"]).PUBLIC_URL,
    dataDirectory: resolve(cwd, DATA_DIR),
    redisUrl: given["REDIS_URL"] === undefined ? null : readSettings(given, ["REDIS_URL"]).REDIS_URL,
    tag: HERALD_TAG,
    bootstrapApiKey: BOOTSTRAP_API_KEY ?? null,
    graceMs: SHUTDOWN_GRACE + GRACE_MARGIN_MS,
  };
}

/** `NAME= npm start` means the same as not naming it. */
export function withoutEmpty(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => (entry[1] ?? "").trim() !== ""),
  );
}

export function redisDirectory({ dataDirectory }: LaunchSettings): string {
  return join(dataDirectory, "redis");
}

export function secretsFile({ dataDirectory }: LaunchSettings): string {
  return join(dataDirectory, "secrets.json");
}

function besides(port: number, healthPort: number): number {
  const last = healthPort + WORKERS - 1;
  if (last > MAX_PORT || (port >= healthPort && port <= last)) {
    throw new LaunchError(
      `HEALTH_PORT: the workers would answer on ${healthPort} to ${last}, which must be ports up to ${MAX_PORT} other than PORT ${port}.`,
    );
  }
  return healthPort;
}
