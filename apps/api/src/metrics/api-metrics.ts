import { Counter } from "prom-client";
import { priorities, type Priority } from "@herald/shared/jobs/job";
import { refusalCodes, type RefusalCode } from "@herald/jobs/admission/refusal";
import {
  createDeploymentMetrics,
  type DeploymentMetricsOptions,
} from "@herald/jobs/deployment/deployment-metrics";
import { createEndingMetrics } from "@herald/jobs/ending/ending-metrics";
import { createHttpMetrics } from "./http-metrics.ts";

export function createApiMetrics(options: DeploymentMetricsOptions) {
  const { registry } = options;
  const registers = [registry];
  createDeploymentMetrics(options);
  const created = new Counter({
    name: "herald_jobs_created_total",
    help: "Jobs that were taken on, by priority. A repeated submission is not counted again.",
    labelNames: ["priority"] as const,
    registers,
  });
  for (const priority of priorities) created.inc({ priority }, 0);
  const characters = new Counter({
    name: "herald_characters_accepted_total",
    help: "Code points in the texts of jobs that were taken on.",
    registers,
  });
  const refused = new Counter({
    name: "herald_jobs_refused_total",
    help: "Submissions that were turned down because a limit was reached, by the code of the answer.",
    labelNames: ["code"] as const,
    registers,
  });
  for (const code of refusalCodes) refused.inc({ code }, 0);
  return {
    http: createHttpMetrics(registry),
    endings: createEndingMetrics(registry),
    onCreated: (priority: Priority, textChars: number): void => {
      created.inc({ priority });
      characters.inc(textChars);
    },
    onRefused: (code: RefusalCode): void => {
      refused.inc({ code });
    },
  };
}
