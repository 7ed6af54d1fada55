import { runApp } from "@herald/shared/lifecycle";
import { WEBHOOK_WORKER_SETTINGS } from "./settings.ts";
import { startWebhookWorker } from "./start-webhook-worker.ts";

const exitCode = await runApp({
  name: "webhook-worker",
  env: process.env,
  settings: WEBHOOK_WORKER_SETTINGS,
  complain: (message) => process.stderr.write(`${message}\n`),
  start: startWebhookWorker,
});
process.exit(exitCode);
