export { listen } from "./listen.ts";
export type { Running, Stoppable } from "./stoppable.ts";
export { checkHealth, presentReadiness } from "./health-report.ts";
export type { HealthCheck, HealthReport } from "./health-report.ts";
export { startHealthServer } from "./health-server.ts";
export { runApp } from "./run-app.ts";
export { stopAll } from "./stop-all.ts";
export { withDeadline } from "./with-deadline.ts";
