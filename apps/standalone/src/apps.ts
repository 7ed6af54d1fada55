import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import type { Environment } from "@herald/platform/settings/settings";
import type { Secrets } from "./secrets.ts";
import { withoutEmpty, type LaunchSettings } from "./settings.ts";

export const APPS = ["api", "synthesis-worker", "webhook-worker", "housekeeper"] as const;
export type AppName = (typeof APPS)[number];

export interface AppEnvironmentInput {
  readonly given: Environment;
  readonly settings: LaunchSettings;
  readonly secrets: Secrets;
  readonly redisUrl: string;
  /** For the API alone, which stores its hash. */
  readonly bootstrapApiKey: string | null;
}

/** The configuration of one process: what the operator gave, over what suits a first try on one machine. */
export function appEnvironment(app: AppName, input: AppEnvironmentInput): Record<string, string> {
  const { settings, bootstrapApiKey } = input;
  const given = withoutEmpty({ ...input.given, BOOTSTRAP_API_KEY: undefined });
  return {
    STORAGE_URL: pathToFileURL(join(settings.dataDirectory, "audio")).href,
    // A receiver on this machine is the first thing that anybody tries.
    WEBHOOK_ALLOW_CIDRS: "127.0.0.0/8,::1/128",
    // And nothing stands before the one API, so that Ctrl-C need not wait for it.
    SHUTDOWN_DELAY: "0s",
    ...input.secrets,
    ...given,
    HOST: settings.host,
    PORT: String(settings.port),
    HEALTH_PORT: String(healthPort(app, settings)),
    REDIS_URL: input.redisUrl,
    ...(app === "api" && bootstrapApiKey !== null ? { BOOTSTRAP_API_KEY: bootstrapApiKey } : {}),
  };
}

/** The API, first of the apps, answers on PORT. */
function healthPort(app: AppName, settings: LaunchSettings): number {
  return settings.healthPort + Math.max(APPS.indexOf(app) - 1, 0);
}

export interface SpawnAppOptions {
  readonly main: string;
  readonly env: Record<string, string>;
  /** Of the private Redis: it is kept until this process has ended. */
  readonly lifeline: Writable | null;
}

/**
 * In a session of its own, so that Ctrl-C reaches the launcher alone. The channel tells the process when the launcher is
 * gone: it then stops by itself.
 */
export function spawnApp({ main, env, lifeline }: SpawnAppOptions): ChildProcess {
  return spawn(process.execPath, [main], {
    env,
    detached: true,
    stdio: ["ignore", "inherit", "inherit", "ipc", ...(lifeline ? [lifeline] : [])],
  });
}
