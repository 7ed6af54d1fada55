import { Counter, Histogram, type Registry } from "prom-client";

export function createHttpMetrics(registry: Registry) {
  const registers = [registry];
  return {
    requests: new Counter({
      name: "herald_http_requests_total",
      help: "HTTP requests, by route pattern, method and status.",
      labelNames: ["route", "method", "status"] as const,
      registers,
    }),
    duration: new Histogram({
      name: "herald_http_request_duration_seconds",
      help: "From the request's head to the end of its answer.",
      labelNames: ["route"] as const,
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    }),
  };
}
