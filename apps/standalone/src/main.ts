import { fileURLToPath } from "node:url";
import { readSecretFiles } from "@herald/platform/settings/read-secret-files";
import { ConfigurationError, EXIT_BAD_CONFIGURATION } from "@herald/shared/configuration-error";
import { HELP, parseArguments } from "./arguments.ts";
import { runHerald } from "./herald.ts";
import { LaunchError } from "./machine/launch-error.ts";
import { readLaunchSettings } from "./settings.ts";
import { listenForStop } from "./stop-signals.ts";

async function main(): Promise<void> {
  const { help, port } = parseArguments(process.argv.slice(2));
  if (help) {
    console.log(HELP);
    return;
  }
  // A terminal that was closed takes no more lines, and must not keep us from stopping in order.
  process.stdout.on("error", () => undefined);
  const env = { ...readSecretFiles(process.env), ...(port === undefined ? {} : { PORT: port }) };
  await runHerald({
    settings: readLaunchSettings(env, process.cwd()),
    env,
    isRoot: process.getuid?.() === 0,
    mainOf: (app) => fileURLToPath(new URL(`../../${app}/dist/main.js`, import.meta.url)),
    say: (text) => {
      console.log(text);
    },
    signals: listenForStop(process),
  });
}

function report(error: unknown): number {
  if (error instanceof LaunchError) {
    console.error(error.message);
    return error.exitCode;
  }
  if (error instanceof ConfigurationError) {
    console.error(error.message);
    return EXIT_BAD_CONFIGURATION;
  }
  console.error(error);
  return 1;
}

await main().catch((error: unknown) => {
  process.exitCode = report(error);
});
