import { runApp } from "@herald/platform/lifecycle/run-app";
import { startWebhookWorker } from "./start-webhook-worker.ts";

const exitCode = await runApp({
  name: "webhook-worker",
  env: process.env,
  complain: (message) => process.stderr.write(`${message}\n`),
  start: startWebhookWorker,
});
process.exit(exitCode);
