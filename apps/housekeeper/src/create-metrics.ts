import { HERALD_VERSION } from "@herald/shared/config";
import { createDeploymentReader } from "@herald/shared/deployment";
import {
  createHousekeeperMetrics,
  createRedisConnectionMetrics,
  createRegistry,
} from "@herald/shared/metrics";
import type { Keys } from "@herald/shared/redis";
import type { Redis } from "ioredis";
import { REPAIR_KINDS } from "./tasks/reconcile.ts";
import { RECOUNT_REPAIRS } from "./tasks/recount-audio.ts";
import { SWEEP_REPAIRS } from "./tasks/sweep-audio.ts";

export interface CreateMetrics {
  readonly redis: Redis;
  readonly keys: Keys;
  /** STORAGE_MAX_BYTES */
  readonly audioMaxBytes: number | undefined;
}

export type HousekeeperMetrics = ReturnType<typeof createHousekeeperMetrics>;

/** What this process tells Prometheus. */
export function createMetrics({ redis, keys, audioMaxBytes }: CreateMetrics) {
  const registry = createRegistry({ process: "housekeeper", version: HERALD_VERSION });
  createRedisConnectionMetrics(registry, redis);
  const metrics = createHousekeeperMetrics({
    registry,
    read: createDeploymentReader({ redis, keys, now: () => new Date() }),
    audioMaxBytes,
    repairKinds: [...REPAIR_KINDS, ...SWEEP_REPAIRS, ...RECOUNT_REPAIRS],
  });
  return { registry, metrics };
}
