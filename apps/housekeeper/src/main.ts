import { runApp } from "@herald/shared/lifecycle";
import { HOUSEKEEPER_SETTINGS } from "./settings.ts";
import { startHousekeeper } from "./start-housekeeper.ts";

const exitCode = await runApp({
  name: "housekeeper",
  env: process.env,
  settings: HOUSEKEEPER_SETTINGS,
  complain: (message) => process.stderr.write(`${message}\n`),
  start: startHousekeeper,
});
process.exit(exitCode);
