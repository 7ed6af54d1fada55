import { Counter, Gauge, Histogram } from "prom-client";
import { queueNames, type QueueName } from "@herald/queue/queues/entries";
import { housekeepingTasks, type HousekeepingTask } from "@herald/queue/queues/housekeeping";
import {
  createDeploymentMetrics,
  type DeploymentMetricsOptions,
} from "@herald/jobs/deployment/deployment-metrics";
import { createEndingMetrics } from "@herald/jobs/ending/ending-metrics";
import { webhooksGivenUp } from "@herald/webhooks/deliveries/given-up-metric";
import { createWorkerMetrics } from "@herald/queue/worker/worker-metrics";

export interface HousekeeperMetricsOptions extends DeploymentMetricsOptions {
  readonly repairKinds: readonly string[];
}

export function createHousekeeperMetrics({ repairKinds, ...options }: HousekeeperMetricsOptions) {
  const { registry } = options;
  const registers = [registry];
  createDeploymentMetrics(options);
  const repairs = new Counter({
    name: "herald_reconciler_repairs_total",
    help: "Records and queue entries that disagreed and were mended, by kind.",
    labelNames: ["kind"] as const,
    registers,
  });
  for (const kind of repairKinds) repairs.inc({ kind }, 0);
  const worker = createWorkerMetrics({ registry, queue: "housekeeping", slots: housekeepingTasks.length });
  const killed = (queue: QueueName) => worker.lost.labels({ queue, reason: "killed" });
  for (const queue of Object.values(queueNames)) killed(queue).inc(0);
  return {
    worker,
    /** Attempts that were lost with their worker, as this process found them. */
    killed,
    endings: createEndingMetrics(registry),
    givenUp: webhooksGivenUp(registry),
    repairs,
    audioExpired: new Counter({
      name: "herald_audio_expired_total",
      help: "Audio that was deleted because its time was over.",
      registers,
    }),
    audioExpiredEarly: new Counter({
      name: "herald_audio_expired_early_total",
      help: "Audio that was deleted before its time to make room (STORAGE_EARLY_EXPIRY).",
      registers,
    }),
    recordsPurged: new Counter({
      name: "herald_records_purged_total",
      help: "Records of ended jobs that were deleted because their time was over.",
      registers,
    }),
    deliveriesPurged: createDeliveriesPurged(registry),
    onRun: createRunMetrics(options),
  };
}

function createDeliveriesPurged(registry: DeploymentMetricsOptions["registry"]) {
  const purged = new Counter({
    name: "herald_deliveries_purged_total",
    help: "Deliveries that were deleted, by reason: their time was over (age), or all took more than they may (size).",
    labelNames: ["reason"] as const,
    registers: [registry],
  });
  for (const reason of ["age", "size"] as const) purged.inc({ reason }, 0);
  return purged;
}

function createRunMetrics({ registry }: DeploymentMetricsOptions) {
  const registers = [registry];
  const labelNames = ["task"] as const;
  const runs = new Counter({
    name: "herald_housekeeping_runs_total",
    help: "Runs of a housekeeping task, by outcome: finished or broke_off.",
    labelNames: [...labelNames, "outcome"] as const,
    registers,
  });
  const duration = new Histogram({
    name: "herald_housekeeping_run_seconds",
    help: "Duration of one run of a housekeeping task.",
    labelNames,
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300],
    registers,
  });
  const lastFinished = new Gauge({
    name: "herald_housekeeping_last_finished_timestamp_seconds",
    help: "When a housekeeping task last ran to its end, in seconds since 1970. Absent until it has, in this process.",
    labelNames,
    registers,
  });
  for (const task of housekeepingTasks) {
    for (const outcome of ["finished", "broke_off"]) runs.inc({ task, outcome }, 0);
  }
  return (task: HousekeepingTask, outcome: "finished" | "broke_off", durationMs: number): void => {
    runs.inc({ task, outcome });
    duration.observe({ task }, durationMs / 1000);
    if (outcome === "finished") lastFinished.setToCurrentTime({ task });
  };
}
