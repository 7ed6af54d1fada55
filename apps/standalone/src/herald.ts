import { chmod, mkdir } from "node:fs/promises";
import type { Environment } from "@herald/platform/settings/settings";
import { EXIT_BAD_CONFIGURATION } from "@herald/shared/configuration-error";
import { stopAll } from "@herald/platform/lifecycle/stop-all";
import type { Stoppable } from "@herald/shared/stoppable";
import { aborted } from "./machine/aborted.ts";
import { announcement } from "./announcement.ts";
import { chooseAdminKey, hasApiKeys, type AdminKey } from "./api-key.ts";
import { appEnvironment, APPS, spawnApp, type AppName } from "./apps.ts";
import { bringUpRedis, type RedisInUse } from "./bring-up-redis.ts";
import { claimPorts } from "./claim-ports.ts";
import { lockDataDirectory } from "./machine/data-lock.ts";
import { LaunchError } from "./machine/launch-error.ts";
import { supervise } from "./processes/supervise.ts";
import { waitUntilReady } from "./readiness.ts";
import { loadSecrets, type Secrets } from "./secrets.ts";
import { secretsFile, withoutEmpty, type LaunchSettings } from "./settings.ts";
import type { StopSignals } from "./stop-signals.ts";

export interface HeraldOptions {
  readonly settings: LaunchSettings;
  /** The operator's environment, for the processes. */
  readonly env: Environment;
  readonly isRoot: boolean;
  /** The built program of each process. */
  readonly mainOf: (app: AppName) => string;
  readonly say: (text: string) => void;
  readonly signals: StopSignals;
}

/** Everything the processes are started from. */
interface Ground {
  readonly redis: RedisInUse;
  readonly secrets: Secrets;
  readonly adminKey: AdminKey;
}

const READY_MS = 60_000;

/** Starts all of Herald and keeps it running until asked to stop. Leaves nothing behind, whichever way it ends. */
export async function runHerald(options: HeraldOptions): Promise<void> {
  const { settings, say, signals } = options;
  const misconfigured = new AbortController();
  const ending = AbortSignal.any([signals.stop, misconfigured.signal]);
  const started: Stoppable[] = [];
  try {
    const ground = await prepare(options, started, ending);
    started.push(startApps(options, ground, misconfigured));
    await waitUntilReady(settings.localUrl, { timeoutMs: READY_MS, signal: ending });
    say(announce(options, ground.adminKey));
    await aborted(ending);
    misconfigured.signal.throwIfAborted();
  } catch (error) {
    // Whatever was under way when we were asked to stop may fail as it likes.
    if (!signals.stop.aborted) throw error;
  } finally {
    if (signals.stop.aborted)
      say("Stopping: work in progress is finished or handed back. Ctrl-C again ends it at once.");
    await stopAll(started);
  }
}

async function prepare(options: HeraldOptions, started: Stoppable[], ending: AbortSignal): Promise<Ground> {
  const { settings, say } = options;
  await mkdir(settings.dataDirectory, { recursive: true, mode: 0o700 });
  await chmod(settings.dataDirectory, 0o700);
  const lock = await lockDataDirectory(settings.dataDirectory);
  started.push(lock);
  if (lock.takenOver) say("The last run was killed: its processes are given time to finish.");
  await claimPorts(settings, { patienceMs: lock.takenOver ? settings.graceMs : 0, signal: ending });
  const secrets = await loadSecrets(secretsFile(settings), options.env);

  const searchPath = options.env["PATH"] ?? "";
  const redis = await bringUpRedis(settings, { searchPath, isRoot: options.isRoot, say, signal: ending });
  started.push(redis);
  const adminKey = await chooseAdminKey({
    given: settings.bootstrapApiKey,
    hasApiKeys: () => hasApiKeys(redis.url, settings.tag),
  });
  // Shown before it is stored: a crash in between must not leave a key that nobody has seen.
  if (adminKey.kind === "new") say(`The first API key: ${adminKey.key}`);
  return { redis, secrets, adminKey };
}

function startApps(options: HeraldOptions, ground: Ground, misconfigured: AbortController): Stoppable {
  const apps = APPS.map((app) => startApp(app, ground, { ...options, misconfigured }));
  return {
    async stop() {
      await Promise.all(apps.map((app) => app.stop()));
    },
  };
}

function startApp(
  app: AppName,
  { redis, secrets, adminKey }: Ground,
  { settings, env, mainOf, say, signals, misconfigured }: HeraldOptions & { misconfigured: AbortController },
): Stoppable {
  const bootstrapApiKey = adminKey.kind === "exists" ? null : adminKey.key;
  const appEnv = appEnvironment(app, { given: env, settings, secrets, redisUrl: redis.url, bootstrapApiKey });
  return supervise({
    spawn: () => spawnApp({ main: mainOf(app), env: appEnv, lifeline: redis.lifeline }),
    graceMs: settings.graceMs,
    kill: signals.kill,
    onCrash: ({ reason }, restartInMs) => {
      say(`${app} ended (${reason}): starting it again in ${restartInMs / 1000} s`);
    },
    onBadConfiguration: () => {
      const message = `${app} refuses its configuration: see its message above.`;
      misconfigured.abort(new LaunchError(message, { exitCode: EXIT_BAD_CONFIGURATION }));
    },
  });
}

function announce({ settings, env }: HeraldOptions, adminKey: AdminKey): string {
  return announcement({
    url: settings.localUrl,
    adminKey,
    secretsFile: secretsFile(settings),
    webhookSecretGiven: withoutEmpty(env)["WEBHOOK_SECRET"] !== undefined,
  });
}
