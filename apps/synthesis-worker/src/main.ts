import { runApp } from "@herald/shared/lifecycle";
import { SYNTHESIS_SETTINGS } from "./settings.ts";
import { startSynthesisWorker } from "./start-synthesis-worker.ts";

const exitCode = await runApp({
  name: "synthesis-worker",
  env: process.env,
  settings: SYNTHESIS_SETTINGS,
  complain: (message) => process.stderr.write(`${message}\n`),
  start: startSynthesisWorker,
});
process.exit(exitCode);
