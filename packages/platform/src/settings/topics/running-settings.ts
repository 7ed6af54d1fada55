import { PROCESSES, API, HOUSEKEEPER, START, setting, type Environment } from "../values/setting.ts";
import * as value from "../values/value-schemas.ts";

const grace = value.duration("0s", "1h");

/** What every process does beside its work: upkeep, ending, logging. */
export const RUNNING_SETTINGS = {
  EXPIRY_INTERVAL: setting({
    schema: value.duration("1s", "1d"),
    byDefault: "60s",
    description: "How often expired audio is looked for.",
    readBy: HOUSEKEEPER,
  }),
  RECONCILE_INTERVAL: setting({
    schema: value.duration("1s", "1d"),
    byDefault: "15s",
    description: "How often records and queues are compared.",
    readBy: HOUSEKEEPER,
  }),
  SHUTDOWN_GRACE: setting({
    schema: grace,
    byDefault: "20s",
    description: "Time for running work to finish after SIGTERM, before it is handed back to the queue.",
    readBy: [...PROCESSES, ...START],
  }),
  SHUTDOWN_DELAY: setting({
    schema: value.duration("0s", "1m"),
    byDefault: timeToLeave,
    defaultText: "`2s`, or half of `SHUTDOWN_GRACE` where that is less",
    description:
      "How long the API, no longer ready, goes on answering after SIGTERM, for load balancers and clients to turn to another one. Part of `SHUTDOWN_GRACE`.",
    readBy: API,
  }),
  LOG_LEVEL: setting({
    schema: value.oneOf("error", "warn", "info", "debug"),
    byDefault: "info",
    description: "The least level that is logged.",
    readBy: PROCESSES,
  }),
  LOG_FORMAT: setting({
    schema: value.oneOf("auto", "json", "pretty"),
    byDefault: "auto",
    description: "`auto` is `pretty` on a terminal and `json` elsewhere.",
    readBy: PROCESSES,
  }),
};

function timeToLeave(env: Environment): string {
  const { data: graceMs = Infinity } = grace.safeParse(env["SHUTDOWN_GRACE"]);
  return `${Math.min(2000, Math.floor(graceMs / 2))}ms`;
}
