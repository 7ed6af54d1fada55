import { Counter, Histogram, type Registry } from "prom-client";

const RETRY_LABELS = ["queue"] as const;

/** Tries that failed for a passing reason and will be repeated. */
function retriesCounter(registry: Registry) {
  return new Counter({
    name: "herald_retries_total",
    help: "Attempts that failed and will be repeated, by queue.",
    labelNames: RETRY_LABELS,
    registers: [registry],
  });
}

export function createSynthesisMetrics(registry: Registry) {
  const registers = [registry];
  return {
    finished: new Counter({
      name: "herald_jobs_finished_total",
      help: "Jobs that ended, by outcome.",
      labelNames: ["outcome"] as const,
      registers,
    }),
    jobDuration: new Histogram({
      name: "herald_job_duration_seconds",
      help: "From a job's creation to its end.",
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800],
      registers,
    }),
    wait: new Histogram({
      name: "herald_job_wait_seconds",
      help: "From a job's creation to its first claim.",
      buckets: [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1800],
      registers,
    }),
    run: new Histogram({
      name: "herald_job_run_seconds",
      help: "From the claim to the end of the attempt that ended the job.",
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
      registers,
    }),
    retries: retriesCounter(registry),
    enginesReplaced: new Counter({
      name: "herald_engine_children_replaced_total",
      help: "Engine processes that were replaced, by reason.",
      labelNames: ["reason"] as const,
      registers,
    }),
  };
}

export type SynthesisMetrics = ReturnType<typeof createSynthesisMetrics>;

export function createWebhookMetrics(registry: Registry) {
  const registers = [registry];
  return {
    attempts: new Counter({
      name: "herald_webhook_attempts_total",
      help: "Webhook attempts, by what came of them.",
      labelNames: ["outcome", "error_class"] as const,
      registers,
    }),
    attemptDuration: new Histogram({
      name: "herald_webhook_attempt_duration_seconds",
      help: "Duration of one webhook attempt.",
      buckets: [0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    retries: retriesCounter(registry),
  };
}

export type WebhookMetrics = ReturnType<typeof createWebhookMetrics>;
