import { Gauge, type Registry } from "prom-client";

/** Jobs of one queue by state, e.g. `{ waiting: 3, active: 1 }`. */
export type QueueCounts = Readonly<Record<string, number>>;

export interface QueueMetricsOptions {
  readonly registry: Registry;
  /** By queue. May fail: the gauge then keeps no value, rather than an old one. */
  readonly count: () => Promise<Readonly<Record<string, QueueCounts>>>;
  readonly now?: () => number;
}

/** Scrapes of several Prometheus servers within this time cost Redis one count. */
const CACHED_MS = 5000;

export function createQueueMetrics({ registry, count, now = Date.now }: QueueMetricsOptions): void {
  let countedAt = Number.NEGATIVE_INFINITY;
  const gauge = new Gauge({
    name: "herald_queue_jobs",
    help: "Entries in a queue, by state.",
    labelNames: ["queue", "state"] as const,
    registers: [registry],
    async collect() {
      if (now() - countedAt < CACHED_MS) {
        return;
      }
      const counts = await count().catch(() => null);
      gauge.reset();
      if (counts !== null) {
        countedAt = now();
        setAll(counts);
      }
    },
  });

  function setAll(counts: Readonly<Record<string, QueueCounts>>): void {
    for (const [queue, states] of Object.entries(counts)) {
      for (const [state, jobs] of Object.entries(states)) gauge.set({ queue, state }, jobs);
    }
  }
}
