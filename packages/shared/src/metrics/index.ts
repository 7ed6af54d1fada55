export * from "./housekeeping-metrics.ts";
export * from "./http-metrics.ts";
export * from "./job-metrics.ts";
export * from "./queue-metrics.ts";
export * from "./registry.ts";
export type { Registry } from "prom-client";
