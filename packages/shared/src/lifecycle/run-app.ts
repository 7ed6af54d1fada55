import {
  ConfigurationError,
  EXIT_BAD_CONFIGURATION,
  findTypos,
  readSecretFiles,
  readSettings,
  type Environment,
  type SettingName,
  type Settings,
} from "../config/index.ts";
import { createLogger, type Logger } from "../logging/index.ts";
import { runProcess } from "./run-process.ts";
import type { Running } from "./stoppable.ts";

/** What every process reads. */
export const COMMON_SETTINGS = [
  "REDIS_URL",
  "ALLOW_EVICTION",
  "HERALD_TAG",
  "HOST",
  "SHUTDOWN_GRACE",
  "LOG_LEVEL",
  "LOG_FORMAT",
] as const;

/** What every process needs, beside the settings of its own. */
export type AppSettings<N extends SettingName> = Settings<N | (typeof COMMON_SETTINGS)[number]>;

export interface App<N extends SettingName> {
  readonly name: string;
  readonly env: Environment;
  /** The settings that this process reads beside the common ones. */
  readonly settings: readonly N[];
  readonly start: (settings: AppSettings<N>, logger: Logger) => Promise<Running>;
  /** Tells the person at the terminal why there is no start; nothing logs yet. */
  readonly complain: (message: string) => void;
}

/** Handing work back and letting go of connections takes a moment more than the work's own grace. */
const LETTING_GO_MS = 10_000;

/** The life of one of Herald's processes, from its environment to its exit code; 78 when the environment cannot be used. */
export async function runApp<N extends SettingName>(app: App<N>): Promise<number> {
  let settings: AppSettings<N>;
  try {
    settings = readSettings(readSecretFiles(app.env), [...COMMON_SETTINGS, ...app.settings]);
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
