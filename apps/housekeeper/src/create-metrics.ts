import { createDeploymentReader } from "@herald/jobs/deployment/read-deployment";
import { createHousekeeperMetrics } from "./metrics/housekeeper-metrics.ts";
import type { WorkerBase } from "@herald/queue/worker/worker-process";
import { REPAIR_KINDS } from "./tasks/reconcile.ts";
import { RECOUNT_REPAIRS } from "./tasks/recount-audio.ts";
import { SWEEP_REPAIRS } from "./tasks/sweep-audio.ts";

export interface CreateMetrics extends Pick<WorkerBase, "registry" | "redis" | "keys"> {
  /** STORAGE_MAX_BYTES */
  readonly audioMaxBytes: number | undefined;
}

export type HousekeeperMetrics = ReturnType<typeof createHousekeeperMetrics>;

/** What this process tells Prometheus beside what every worker does. */
export function createMetrics({ registry, redis, keys, audioMaxBytes }: CreateMetrics): HousekeeperMetrics {
  return createHousekeeperMetrics({
    registry,
    read: createDeploymentReader({ redis, keys, now: () => new Date() }),
    audioMaxBytes,
    repairKinds: [...REPAIR_KINDS, ...SWEEP_REPAIRS, ...RECOUNT_REPAIRS],
  });
}
