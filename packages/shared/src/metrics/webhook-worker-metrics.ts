import { Counter, Histogram, type Registry } from "prom-client";
import { createWorkerMetrics } from "./worker-metrics.ts";

export interface WebhookWorkerMetricsOptions {
  readonly registry: Registry;
  readonly slots: number;
}

export function createWebhookWorkerMetrics({ registry, slots }: WebhookWorkerMetricsOptions) {
  const registers = [registry];
  const attempts = new Counter({
    name: "herald_webhook_attempts_total",
    help: "Webhook attempts, by what came of them, and by the class of the answer (2xx to 5xx) or of the error.",
    labelNames: ["outcome", "class"] as const,
    registers,
  });
  attempts.inc({ outcome: "delivered", class: "2xx" }, 0);
  return {
    worker: createWorkerMetrics({ registry, queue: "webhook-delivery", slots }),
    attempts,
    attemptDuration: new Histogram({
      name: "herald_webhook_attempt_duration_seconds",
      help: "Duration of one webhook attempt.",
      buckets: [0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    lag: new Histogram({
      name: "herald_webhook_lag_seconds",
      help: "From a job's end to the first attempt to tell of it: Herald's share of the delay.",
      buckets: [0.005, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 60, 600],
      registers,
    }),
    deliveryDuration: new Histogram({
      name: "herald_webhook_delivery_seconds",
      help: "From a job's end to the attempt that delivered its webhook, the receiver's failures included.",
      buckets: [0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 60, 600, 3600],
      registers,
    }),
    givenUp: webhooksGivenUp(registry),
  };
}

export type WebhookWorkerMetrics = ReturnType<typeof createWebhookWorkerMetrics>;

/** The housekeeper gives up as well: a delivery whose last attempt was made, but whose worker did not live to say so. */
export function webhooksGivenUp(registry: Registry) {
  return new Counter({
    name: "herald_webhooks_given_up_total",
    help: "Webhooks that will not be tried again: the receiver does not know.",
    registers: [registry],
  });
}
