import { runApp } from "@herald/platform/lifecycle/run-app";
import { startHousekeeper } from "./start-housekeeper.ts";

const exitCode = await runApp({
  name: "housekeeper",
  env: process.env,
  complain: (message) => process.stderr.write(`${message}\n`),
  start: startHousekeeper,
});
process.exit(exitCode);
