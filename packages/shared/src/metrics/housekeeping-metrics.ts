import { Counter, type Registry } from "prom-client";

export function createHousekeepingMetrics(registry: Registry) {
  const registers = [registry];
  return {
    repairs: new Counter({
      name: "herald_reconciler_repairs_total",
      help: "Records and queue entries that disagreed and were mended, by kind.",
      labelNames: ["kind"] as const,
      registers,
    }),
    audioExpired: new Counter({
      name: "herald_audio_expired_total",
      help: "Audio that was deleted because its time was over.",
      registers,
    }),
    recordsPurged: new Counter({
      name: "herald_records_purged_total",
      help: "Records of ended jobs that were deleted because their time was over.",
      registers,
    }),
  };
}

export type HousekeepingMetrics = ReturnType<typeof createHousekeepingMetrics>;
