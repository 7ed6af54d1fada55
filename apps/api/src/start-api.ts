import type { SettingsReadBy } from "@herald/platform/settings/read-by";
import { ConfigurationError } from "@herald/shared/configuration-error";
import { stopAll } from "@herald/platform/lifecycle/stop-all";
import type { Running } from "@herald/shared/stoppable";
import type { Logger } from "@herald/platform/logging/logger";
import { voices } from "@herald/speech/voices/voices";
import { startBootstrap, type Bootstrap } from "./keys/bootstrap-api-key.ts";
import { createApp } from "./create-app.ts";
import { startServer } from "./http/start-server.ts";
import { openDependencies } from "./open-dependencies.ts";

/** Listens as soon as it can, with or without Redis: an API that cannot work must be there to say so. */
export async function startApi(
  settings: SettingsReadBy<"api">,
  logger: Logger,
): Promise<Running & { readonly port: number }> {
  const { HOST, PORT, SHUTDOWN_GRACE, SHUTDOWN_DELAY, BOOTSTRAP_API_KEY, DEFAULT_VOICE } = settings;
  if (!voices.has(DEFAULT_VOICE)) {
    throw new ConfigurationError([`DEFAULT_VOICE ${DEFAULT_VOICE} is not one of the voices`]);
  }
  let isStopping = false;
  let bootstrap: Bootstrap | undefined;
  const awaitsFirstKey = () => BOOTSTRAP_API_KEY !== undefined && bootstrap?.isDone() !== true;
  // An API that does not know its first key yet would refuse whoever was told that it is ready.
  const isAccepting = () => !isStopping && !awaitsFirstKey();
  const { deps, parts, failed } = await openDependencies({ settings, logger, isAccepting });
  const server = await startServer(createApp(deps), {
    host: HOST,
    port: PORT,
    graceMs: SHUTDOWN_GRACE,
    leaveMs: SHUTDOWN_DELAY,
  }).catch(async (error: unknown) => {
    await stopAll(parts);
    throw error;
  });
  logger.info("api.listening", { host: HOST, port: server.port });
  if (BOOTSTRAP_API_KEY !== undefined)
    bootstrap = startBootstrap(BOOTSTRAP_API_KEY, { ...deps.keys, logger });
  return {
    port: server.port,
    failed,
    async stop() {
      isStopping = true;
      await stopAll([...parts, ...(bootstrap ? [bootstrap] : []), server]);
    },
  };
}
