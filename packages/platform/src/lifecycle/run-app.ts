import { findTypos } from "../settings/find-typos.ts";
import { namesReadBy, type SettingsReadBy } from "../settings/read-by.ts";
import { readSecretFiles } from "../settings/read-secret-files.ts";
import { readSettings } from "../settings/read-settings.ts";
import type { Environment } from "../settings/settings.ts";
import type { Process } from "../settings/values/setting.ts";
import { ConfigurationError, EXIT_BAD_CONFIGURATION } from "@herald/shared/configuration-error";
import { createLogger } from "../logging/create-logger.ts";
import type { Logger } from "../logging/logger.ts";
import { runProcess } from "./run-process.ts";
import type { Running } from "@herald/shared/stoppable";

export interface App<P extends Process> {
  readonly name: P;
  readonly env: Environment;
  readonly start: (settings: SettingsReadBy<P>, logger: Logger) => Promise<Running>;
  /** Tells the person at the terminal why there is no start; nothing logs yet. */
  readonly complain: (message: string) => void;
}

/** Handing work back and letting go of connections takes a moment more than the work's own grace. */
const LETTING_GO_MS = 10_000;

/** The life of one of Herald's processes, from its environment to its exit code; 78 when the environment cannot be used. */
export async function runApp<P extends Process>(app: App<P>): Promise<number> {
  let settings: SettingsReadBy<P>;
  try {
    settings = readSettings(readSecretFiles(app.env), namesReadBy(app.name));
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    app.complain(error.message);
    return EXIT_BAD_CONFIGURATION;
  }
  const { LOG_LEVEL: level, LOG_FORMAT: format, SHUTDOWN_GRACE: graceMs } = settings;
  const logger = createLogger({ process: app.name, level, format });
  for (const { name, meant } of findTypos(app.env)) {
    logger.warn("setting.unknown", { name, did_you_mean: meant });
  }
  return runProcess({ logger, graceMs: graceMs + LETTING_GO_MS, start: () => app.start(settings, logger) });
}
