import { Counter, Gauge, type Registry } from "prom-client";
import type { QueueName } from "../queues/entries.ts";

export interface WorkerMetricsOptions {
  readonly registry: Registry;
  readonly queue: QueueName;
  /** How many entries this process works on at once. */
  readonly slots: number;
}

const BY_QUEUE = ["queue"] as const;

/** Of a process that consumes a queue. */
export function createWorkerMetrics({ registry, queue, slots }: WorkerMetricsOptions) {
  const registers = [registry];
  const labelNames = BY_QUEUE;
  const total = new Gauge({
    name: "herald_worker_slots",
    help: "Entries that this process works on at once, at most.",
    labelNames,
    registers,
  });
  total.set({ queue }, slots);
  const busy = new Gauge({
    name: "herald_worker_slots_busy",
    help: "Entries that this process works on now.",
    labelNames,
    registers,
  });
  const retries = new Counter({
    name: "herald_retries_total",
    help: "Attempts that failed and will be repeated, by queue.",
    labelNames,
    registers,
  });
  const superseded = new Counter({
    name: "herald_attempts_superseded_total",
    help: "Attempts whose outcome was refused, because another one or a cancellation was first. Nothing was shown twice.",
    labelNames,
    registers,
  });
  const lost = new Counter({
    name: "herald_attempts_lost_total",
    help: "Attempts that came to nothing: `killed` with their worker; or their lock ran out: `lock_lost` as the worker itself noticed, `stalled` as another one found the entry.",
    labelNames: [...BY_QUEUE, "reason"] as const,
    registers,
  });
  // A counter that begins at its first event hides that event from `rate` and `increase`.
  for (const counter of [retries, superseded]) counter.inc({ queue }, 0);
  for (const reason of ["lock_lost", "stalled"]) lost.inc({ queue, reason }, 0);
  busy.set({ queue }, 0);

  return {
    busy: busy.labels(queue),
    retries: retries.labels(queue),
    superseded: superseded.labels(queue),
    lost,
    onLoss: (reason: "lock_lost" | "stalled"): void => {
      lost.inc({ queue, reason });
    },
    /** A processor that takes a slot while it runs. */
    occupying<A extends readonly unknown[], R>(process: (...args: A) => Promise<R>) {
      const slotsBusy = busy.labels(queue);
      return async (...args: A): Promise<R> => {
        slotsBusy.inc();
        try {
          return await process(...args);
        } finally {
          slotsBusy.dec();
        }
      };
    },
  };
}

export type WorkerMetrics = ReturnType<typeof createWorkerMetrics>;
