import type { Logger } from "@herald/shared/logging";
import type { WebhookMetrics } from "@herald/shared/metrics";
import type { DeliveryReport } from "./deliver.ts";

/** One wide line and the counters of one attempt. The URL's path and query may be secrets, so only its host is told. */
export function observeDelivery(report: DeliveryReport, logger: Logger, metrics: WebhookMetrics): void {
  const { delivery, attempt, result, verdict, nextAttemptAt } = report;
  const errorClass = result.kind === "error" ? result.errorClass : "none";
  metrics.attempts.inc({ outcome: verdict, error_class: errorClass });
  metrics.attemptDuration.observe(result.durationMs / 1000);
  if (verdict === "retry") {
    metrics.retries.inc({ queue: "webhook-delivery" });
  }
  logger[verdict === "give_up" ? "warn" : "info"]("webhook.attempted", {
    outcome: verdict,
    tenant: delivery.tenant,
    job_id: delivery.jobId,
    event_id: delivery.eventId,
    event_type: delivery.type,
    request_id: delivery.requestId,
    host: new URL(delivery.url).host,
    attempt,
    status_code: result.kind === "response" ? result.status : null,
    error_class: result.kind === "error" ? result.errorClass : null,
    duration_ms: Math.round(result.durationMs),
    next_attempt_at: nextAttemptAt?.toISOString() ?? null,
  });
}
