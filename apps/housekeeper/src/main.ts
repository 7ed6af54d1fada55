import { runApp } from "@herald/shared/lifecycle";
import { startHousekeeper } from "./start-housekeeper.ts";

const exitCode = await runApp({
  name: "housekeeper",
  env: process.env,
  complain: (message) => process.stderr.write(`${message}\n`),
  start: startHousekeeper,
});
process.exit(exitCode);
