import type { Registry } from "prom-client";
import { createApiMetrics } from "../../apps/api/src/metrics/api-metrics.ts";
import { createHousekeeperMetrics } from "../../apps/housekeeper/src/metrics/housekeeper-metrics.ts";
import { createRedisConnectionMetrics } from "@herald/platform/metrics/redis-connection-metrics";
import { createRegistry } from "@herald/platform/metrics/registry";
import { createSynthesisWorkerMetrics } from "../../apps/synthesis-worker/src/metrics/synthesis-worker-metrics.ts";
import { createWebhookWorkerMetrics } from "../../apps/webhook-worker/src/metrics/webhook-worker-metrics.ts";

export interface CataloguedMetric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram" | "summary";
  readonly help: string;
  readonly labels: readonly string[];
  /** The processes that tell it. */
  readonly processes: readonly string[];
}

const neverRead = (): Promise<never> => Promise.reject(new Error("the catalogue reads no values"));

const NO_CONNECTION = { status: "end", on: () => undefined };

/** As each main.ts has them made; the values are of no account. */
const FILL: Readonly<Record<string, (registry: Registry) => void>> = {
  api(registry) {
    createApiMetrics({ registry, read: neverRead, audioMaxBytes: undefined });
  },
  "synthesis-worker"(registry) {
    const engines = () => ({ busy: 0, idle: 0, waiting: 0, memoryBytes: [] });
    createSynthesisWorkerMetrics({ registry, slots: 0, engines, engineMemoryLimitBytes: 0 });
  },
  "webhook-worker"(registry) {
    createWebhookWorkerMetrics({ registry, slots: 0 });
  },
  housekeeper(registry) {
    createHousekeeperMetrics({ registry, read: neverRead, audioMaxBytes: undefined, repairKinds: [] });
  },
};

/** Every metric there is, by name: what docs/metrics.md lists, and what rules and dashboards may ask for. */
export function catalogueMetrics(): readonly CataloguedMetric[] {
  const found = new Map<string, CataloguedMetric>();
  for (const [process, fill] of Object.entries(FILL)) {
    const registry = createRegistry({ process, version: "0.0.0" });
    fill(registry);
    createRedisConnectionMetrics(registry, NO_CONNECTION);
    for (const metric of registry.getMetricsAsArray()) {
      const processes = [...(found.get(metric.name)?.processes ?? []), process];
      found.set(metric.name, { ...describe(metric), processes });
    }
    registry.clear();
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

type Described = ReturnType<Registry["getMetricsAsArray"]>[number] & {
  /** There, though prom-client's types do not say so. */
  readonly labelNames?: readonly string[];
};

const TYPES = { Counter: "counter", Gauge: "gauge", Histogram: "histogram", Summary: "summary" } as const;

function describe(metric: Described): Omit<CataloguedMetric, "processes"> {
  const { name, help, labelNames = [] } = metric;
  const type = TYPES[metric.constructor.name as keyof typeof TYPES];
  return { name, type, help, labels: labelNames.filter((label) => label !== "le") };
}
