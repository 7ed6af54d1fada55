import { Counter, Gauge, type Registry } from "prom-client";
import type { DeploymentState } from "./read-deployment.ts";
import { shareReading, type SharedReadingOptions } from "./shared-reading.ts";

/** A value and the labels that it is told under. */
type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

interface Series {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly samples: (state: DeploymentState) => readonly Sample[];
}

const only = (value: number): readonly Sample[] => [[{}, value]];

function byQueue(state: DeploymentState, value: (queue: keyof DeploymentState["queues"]) => number) {
  return Object.keys(state.queues).map((queue): Sample => {
    return [{ queue }, value(queue as keyof DeploymentState["queues"])];
  });
}

const GAUGES: readonly Series[] = [
  {
    name: "herald_queue_jobs",
    help: "Entries in a queue, by state. The failed ones are kept for an hour, for operators to look at.",
    labelNames: ["queue", "state"],
    samples: ({ queues }) =>
      Object.entries(queues).flatMap(([queue, { entries }]) =>
        Object.entries(entries).map(([state, count]): Sample => [{ queue, state }, count]),
      ),
  },
  {
    name: "herald_queue_oldest_waiting_seconds",
    help: "How long the entry that waits longest has waited for a worker, whatever its priority; 0 when none waits.",
    labelNames: ["queue"],
    samples: ({ oldestWaitingMs }) =>
      Object.entries(oldestWaitingMs).map(([queue, ms]): Sample => [{ queue }, ms / 1000]),
  },
  {
    name: "herald_queue_overdue_delayed",
    help: "Entries whose delay ended more than 5 s ago and that no worker has moved on.",
    labelNames: ["queue"],
    samples: (state) => byQueue(state, (queue) => state.queues[queue].overdue),
  },
  {
    name: "herald_queue_paused",
    help: "1 while an operator has paused the queue.",
    labelNames: ["queue"],
    samples: (state) => byQueue(state, (queue) => Number(state.queues[queue].paused)),
  },
  {
    name: "herald_workers",
    help: "Worker processes of a queue that are alive.",
    labelNames: ["queue"],
    samples: (state) => byQueue(state, (queue) => state.queues[queue].workers),
  },
  {
    name: "herald_jobs_open",
    help: "Jobs that have not ended.",
    labelNames: [],
    samples: ({ openJobs }) => only(openJobs),
  },
  {
    name: "herald_deliveries_open",
    help: "Webhooks that are neither delivered nor given up.",
    labelNames: [],
    samples: ({ openDeliveries }) => only(openDeliveries),
  },
  {
    name: "herald_webhook_breakers_open",
    help: "Endpoints whose webhooks wait because they keep failing; one probe goes now and then.",
    labelNames: [],
    samples: ({ openBreakers }) => only(openBreakers),
  },
  {
    name: "herald_deliveries_parked",
    help: "Webhooks that wait for their endpoint to be enabled.",
    labelNames: [],
    samples: ({ parkedDeliveries }) => only(parkedDeliveries),
  },
  {
    name: "herald_webhook_endpoints",
    help: "Endpoints of all tenants, by state: `enabled`, `failing` (its tenant was warned, and it is still called) or `disabled`.",
    labelNames: ["state"],
    samples: ({ endpoints }) => Object.entries(endpoints).map(([state, n]): Sample => [{ state }, n]),
  },
  {
    name: "herald_deliveries_bytes",
    help: "Bytes of webhook deliveries, those on their way and those that are kept, with their attempts.",
    labelNames: [],
    samples: ({ deliveryBytes }) => only(deliveryBytes),
  },
  {
    name: "herald_audio_overdue",
    help: "Audio whose time is over and that the housekeeper has not deleted yet.",
    labelNames: [],
    samples: ({ audioOverdue }) => only(audioOverdue),
  },
  {
    name: "herald_audio_bytes",
    help: "Bytes of audio in storage, that of all jobs whose audio has not expired.",
    labelNames: [],
    samples: ({ audioBytes }) => only(audioBytes),
  },
  {
    name: "herald_redis_memory_bytes",
    help: "Memory that Redis uses.",
    labelNames: [],
    samples: ({ redis }) => only(redis.usedMemoryBytes),
  },
  {
    name: "herald_redis_memory_max_bytes",
    help: "Memory that Redis may use; 0 when it has no limit of its own.",
    labelNames: [],
    samples: ({ redis }) => only(redis.maxMemoryBytes),
  },
  {
    name: "herald_redis_persistence_ok",
    help: "1 while the append-only file and snapshots can be written.",
    labelNames: [],
    samples: ({ redis }) => only(Number(redis.persists)),
  },
  {
    name: "herald_redis_append_only",
    help: "1 when Redis keeps an append-only file.",
    labelNames: [],
    samples: ({ redis }) => only(Number(redis.appendOnly)),
  },
  {
    name: "herald_redis_clients",
    help: "Connections to Redis.",
    labelNames: [],
    samples: ({ redis }) => only(redis.clients),
  },
  {
    name: "herald_redis_uptime_seconds",
    help: "Since Redis started.",
    labelNames: [],
    samples: ({ redis }) => only(redis.uptimeSeconds),
  },
];

/** Counted by Redis since it started; they begin anew when it does, as counters may. */
const COUNTERS: readonly Series[] = [
  {
    name: "herald_redis_rejected_writes_total",
    help: "Commands that Redis turned down, by its error: OOM (full), MISCONF (cannot persist), READONLY, NOREPLICAS.",
    labelNames: ["error"],
    samples: ({ redis }) => Object.entries(redis.refusedWrites).map(([error, n]): Sample => [{ error }, n]),
  },
  {
    name: "herald_redis_evicted_keys_total",
    help: "Keys that Redis threw away to make room. Must stay 0: each may have been a job.",
    labelNames: [],
    samples: ({ redis }) => only(redis.evictedKeys),
  },
  {
    name: "herald_redis_commands_total",
    help: "Commands that Redis carried out, for everybody.",
    labelNames: [],
    samples: ({ redis }) => only(redis.commands),
  },
  {
    name: "herald_redis_cpu_seconds_total",
    help: "Processor time that Redis used.",
    labelNames: [],
    samples: ({ redis }) => only(redis.cpuSeconds),
  },
];

interface Telling {
  readonly of: { reset(): void; remove(labels: object): void };
  readonly write: (labels: Sample[0], value: number) => void;
}

export interface DeploymentMetricsOptions extends SharedReadingOptions<DeploymentState> {
  readonly registry: Registry;
  /** Undefined without a quota. */
  readonly audioMaxBytes: number | undefined;
}

/**
 * What all processes share: the queues and Redis. Several processes tell of it, so that one that is down hides nothing:
 * queries take the `max` over processes and never the sum. Without an answer from Redis nothing is told but that.
 */
export function createDeploymentMetrics(options: DeploymentMetricsOptions): void {
  const { registry, audioMaxBytes = 0, ...reading } = options;
  const ask = shareReading(reading);
  const registers = [registry];

  async function tell(samples: Series["samples"], { of: metric, write }: Telling): Promise<void> {
    const state = await ask();
    metric.reset();
    if (state === null) metric.remove({});
    else for (const [labels, value] of samples(state)) write(labels, value);
  }

  for (const { samples, ...series } of GAUGES) {
    new Gauge({
      ...series,
      registers,
      collect() {
        return tell(samples, {
          of: this,
          write: (labels, value) => {
            this.set(labels, value);
          },
        });
      },
    });
  }
  for (const { samples, ...series } of COUNTERS) {
    new Counter({
      ...series,
      registers,
      collect() {
        return tell(samples, {
          of: this,
          write: (labels, value) => {
            this.inc(labels, value);
          },
        });
      },
    });
  }
  new Gauge({
    name: "herald_audio_max_bytes",
    help: "Bytes that audio may take in storage (STORAGE_MAX_BYTES); 0 without a quota.",
    registers,
  }).set(audioMaxBytes);
  new Gauge({
    name: "herald_redis_up",
    help: "1 when Redis answered this process within a second.",
    registers,
    async collect() {
      this.set((await ask()) === null ? 0 : 1);
    },
  });
}
