import { presentReadiness, type HealthReport } from "@herald/platform/lifecycle/health-report";
import type { RequestHandler } from "express";

/** GET /health/live: the process answers. Says nothing of what it depends on, or a restart would be tried for Redis's sake. */
export const live: RequestHandler = (_req, res) => {
  res.json({ status: "live" });
};

export interface ReadyDeps {
  readonly checks: () => Promise<HealthReport>;
}

/** GET /health/ready: a job that came now would be taken, spoken and stored. */
export function ready({ checks }: ReadyDeps): RequestHandler {
  return async (_req, res) => {
    const { status, body } = presentReadiness(await checks());
    res.status(status).json(body);
  };
}
