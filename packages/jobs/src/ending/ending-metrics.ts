import { Counter, Histogram, type Registry } from "prom-client";
import type { FinishJob } from "./finish-job.ts";

// A counter that begins at its first event hides that event from `rate` and `increase`; docs/job-lifecycle.md explains these.
const CODES = [
  "engine_failed",
  "engine_timeout",
  "timeout",
  "unspeakable_text",
  "storage_unavailable",
  "worker_lost",
  "internal_error",
];

/** Of a process that may end jobs. */
export function createEndingMetrics(registry: Registry) {
  const registers = [registry];
  const finished = new Counter({
    name: "herald_jobs_finished_total",
    help: "Jobs that ended, by outcome: completed, failed or cancelled.",
    labelNames: ["outcome"] as const,
    registers,
  });
  for (const outcome of ["completed", "failed", "cancelled"]) finished.inc({ outcome }, 0);
  const failed = new Counter({
    name: "herald_jobs_failed_total",
    help: "Jobs that failed, by the code that their client is told.",
    labelNames: ["code"] as const,
    registers,
  });
  for (const code of CODES) failed.inc({ code }, 0);
  return {
    finished,
    failed,
    jobDuration: new Histogram({
      name: "herald_job_duration_seconds",
      help: "From a job's creation to its end.",
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800],
      registers,
    }),
  };
}

export type EndingMetrics = ReturnType<typeof createEndingMetrics>;

/** Counts each job that ends, where it ends: whoever was too late ended nothing. */
export function countEndings(finishJob: FinishJob, metrics: EndingMetrics): FinishJob {
  return async (job, ending) => {
    const written = await finishJob(job, ending);
    if (written === "applied") {
      metrics.finished.inc({ outcome: ending.to });
      metrics.jobDuration.observe((ending.at.getTime() - job.createdAt.getTime()) / 1000);
      if (ending.to === "failed") metrics.failed.inc({ code: ending.error.code });
    }
    return written;
  };
}
