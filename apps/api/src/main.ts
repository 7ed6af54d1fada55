import { runApp } from "@herald/platform/lifecycle/run-app";
import { startApi } from "./start-api.ts";

const exitCode = await runApp({
  name: "api",
  env: process.env,
  complain: (message) => process.stderr.write(`${message}\n`),
  start: startApi,
});
process.exit(exitCode);
