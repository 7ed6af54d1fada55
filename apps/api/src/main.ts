import { runApp } from "@herald/shared/lifecycle";
import { API_SETTINGS } from "./settings.ts";
import { startApi } from "./start-api.ts";

const exitCode = await runApp({
  name: "api",
  env: process.env,
  settings: API_SETTINGS,
  complain: (message) => process.stderr.write(`${message}\n`),
  start: startApi,
});
process.exit(exitCode);
