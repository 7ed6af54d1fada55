import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { createEndingMetrics } from "@herald/jobs/ending/ending-metrics";
import { createWorkerMetrics } from "@herald/queue/worker/worker-metrics";

/** What the engine pool tells of its processes. */
export interface EngineCounts {
  readonly busy: number;
  readonly idle: number;
  /** Segments in line for a free engine. */
  readonly waiting: number;
  /** Resident memory of each process, as it last told. */
  readonly memoryBytes: readonly number[];
}

export interface SynthesisWorkerMetricsOptions {
  readonly registry: Registry;
  readonly slots: number;
  readonly engines: () => EngineCounts;
  readonly engineMemoryLimitBytes: number;
}

export function createSynthesisWorkerMetrics(options: SynthesisWorkerMetricsOptions) {
  const { registry, slots } = options;
  const registers = [registry];
  createEngineGauges(options);
  const enginesReplaced = new Counter({
    name: "herald_engine_children_replaced_total",
    help: "Engine processes that were replaced, by reason.",
    labelNames: ["reason"] as const,
    registers,
  });
  for (const reason of ["timeout", "crash", "memory", "abort"]) enginesReplaced.inc({ reason }, 0);
  const storageHeld = new Gauge({
    name: "herald_storage_held",
    help: "1 while this worker takes no jobs, because the storage takes no audio.",
    registers,
  });
  return {
    storageHeld,
    worker: createWorkerMetrics({ registry, queue: "synthesis", slots }),
    endings: createEndingMetrics(registry),
    enginesReplaced,
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
    realTimeFactor: new Histogram({
      name: "herald_synthesis_real_time_factor",
      help: "Seconds of work for one second of audio, per completed job: storing and committing included. Below 1 is faster than speech.",
      buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
      registers,
    }),
    charactersSpoken: new Counter({
      name: "herald_characters_spoken_total",
      help: "Code points in the texts of completed jobs.",
      registers,
    }),
    audioSeconds: new Counter({
      name: "herald_audio_seconds_total",
      help: "Length of the audio of completed jobs.",
      registers,
    }),
  };
}

export type SynthesisWorkerMetrics = ReturnType<typeof createSynthesisWorkerMetrics>;

function createEngineGauges({ registry, engines, engineMemoryLimitBytes }: SynthesisWorkerMetricsOptions) {
  const registers = [registry];
  new Gauge({
    name: "herald_engine_children",
    help: "Engine processes, by what they do. One that is starting is neither.",
    labelNames: ["state"] as const,
    registers,
    collect() {
      const { busy, idle } = engines();
      this.set({ state: "busy" }, busy);
      this.set({ state: "idle" }, idle);
    },
  });
  new Gauge({
    name: "herald_engine_segments_waiting",
    help: "Segments in line for a free engine.",
    registers,
    collect() {
      this.set(engines().waiting);
    },
  });
  new Gauge({
    name: "herald_engine_memory_bytes",
    help: "Resident memory of all engine processes of this worker together.",
    registers,
    collect() {
      this.set(engines().memoryBytes.reduce((sum, bytes) => sum + bytes, 0));
    },
  });
  new Gauge({
    name: "herald_engine_memory_largest_bytes",
    help: "Resident memory of the largest engine process of this worker.",
    registers,
    collect() {
      this.set(Math.max(0, ...engines().memoryBytes));
    },
  });
  const limit = new Gauge({
    name: "herald_engine_memory_limit_bytes",
    help: "Resident memory past which an engine process is replaced.",
    registers,
  });
  limit.set(engineMemoryLimitBytes);
}
