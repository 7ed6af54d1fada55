export * from "./api-metrics.ts";
export * from "./catalogue.ts";
export * from "./ending-metrics.ts";
export * from "./housekeeper-metrics.ts";
export * from "./redis-connection-metrics.ts";
export * from "./registry.ts";
export * from "./synthesis-worker-metrics.ts";
export * from "./webhook-worker-metrics.ts";
export type { WorkerMetrics } from "./worker-metrics.ts";
