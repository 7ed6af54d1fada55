import type { Routes } from "../http/mount.ts";
import { metrics, type MetricsDeps } from "../metrics/metrics.ts";
import { live, ready, type ReadyDeps } from "./health.ts";

export type HealthRoutesDeps = ReadyDeps & MetricsDeps;

/** For whoever watches: open to anybody who reaches the port. */
export function healthRoutes(deps: HealthRoutesDeps): Routes {
  return {
    "/health/live": { get: [live] },
    "/health/ready": { get: [ready(deps)] },
    "/metrics": { get: [metrics(deps)] },
  };
}
