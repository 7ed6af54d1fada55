import { webhooksGivenUp } from "@herald/webhooks/deliveries/given-up-metric";
import { Counter, Histogram, type Registry } from "prom-client";
import { createWorkerMetrics } from "@herald/queue/worker/worker-metrics";

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
  const snoozed = new Counter({
    name: "herald_webhooks_postponed_total",
    help: "Webhooks that had to wait for their turn at their endpoint: it had enough under way (`in_flight`) or per second (`rate`), asked to be left alone (`paused`), or keeps failing (`breaker`); or their tenant's slow receivers had enough of this worker's slots (`tenant`).",
    labelNames: ["reason"] as const,
    registers,
  });
  for (const reason of ["in_flight", "rate", "paused", "breaker", "tenant"]) snoozed.inc({ reason }, 0);
  const breakerChanges = new Counter({
    name: "herald_webhook_breaker_changes_total",
    help: "Breakers of endpoints that `opened` or `closed`; one whose probe failed opens once more.",
    labelNames: ["change"] as const,
    registers,
  });
  for (const change of ["opened", "closed"]) breakerChanges.inc({ change }, 0);
  const blocked = new Counter({
    name: "herald_webhooks_blocked_total",
    help: "Attempts that were not made because the address guard refused them: `blocked_address` by where the name leads, `invalid_url` by the URL itself.",
    labelNames: ["reason"] as const,
    registers,
  });
  for (const reason of ["blocked_address", "invalid_url"]) blocked.inc({ reason }, 0);
  const endpointsDisabled = new Counter({
    name: "herald_webhook_endpoints_disabled_total",
    help: "Endpoints that Herald disabled: they answered 410 (`gone`), or failed for as long as WEBHOOK_DISABLE_AFTER (`failing`).",
    labelNames: ["reason"] as const,
    registers,
  });
  for (const reason of ["gone", "failing"]) endpointsDisabled.inc({ reason }, 0);
  return {
    worker: createWorkerMetrics({ registry, queue: "webhook-delivery", slots }),
    attempts,
    snoozed,
    breakerChanges,
    blocked,
    endpointsDisabled,
    endpointsWarned: new Counter({
      name: "herald_webhook_endpoints_warned_total",
      help: "Endpoints whose tenant was warned that they keep failing and will be disabled.",
      registers,
    }),
    attemptDuration: new Histogram({
      name: "herald_webhook_attempt_duration_seconds",
      help: "Duration of one webhook attempt.",
      buckets: [0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    lag: new Histogram({
      name: "herald_webhook_lag_seconds",
      help: "From an event, or from when it was to be sent again, to the first attempt to tell of it: Herald's share of the delay.",
      buckets: [0.005, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 60, 600],
      registers,
    }),
    deliveryDuration: new Histogram({
      name: "herald_webhook_delivery_seconds",
      help: "From an event, or from when it was to be sent again, to the attempt that delivered it, the receiver's failures included.",
      buckets: [0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 60, 600, 3600],
      registers,
    }),
    givenUp: webhooksGivenUp(registry),
    parked: new Counter({
      name: "herald_webhooks_parked_total",
      help: "Webhooks that were on their way when their endpoint was disabled, and were parked. Those of later events are parked from the start, and not counted here.",
      registers,
    }),
  };
}

export type WebhookWorkerMetrics = ReturnType<typeof createWebhookWorkerMetrics>;
