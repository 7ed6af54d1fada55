import { runApp } from "@herald/platform/lifecycle/run-app";
import { startSynthesisWorker } from "./start-synthesis-worker.ts";

const exitCode = await runApp({
  name: "synthesis-worker",
  env: process.env,
  complain: (message) => process.stderr.write(`${message}\n`),
  start: startSynthesisWorker,
});
process.exit(exitCode);
