import type { Logger } from "@herald/platform/logging/logger";
import type { WebhookWorkerMetrics } from "./metrics/webhook-worker-metrics.ts";
import type { AsideReport, AttemptReport, DeliveryReport } from "./deliver.ts";
import type { SendResult } from "./http/send-webhook.ts";
import { isGone, isRefusedByUs } from "./judge-attempt.ts";

/** One wide line and the counters of one attempt, or of what is put aside without one. */
export function observeDelivery(report: DeliveryReport, logger: Logger, metrics: WebhookWorkerMetrics): void {
  switch (report.kind) {
    case "attempted":
      observeAttempt(report, logger, metrics);
      return;
    case "put_aside":
      observeAside(report, logger, metrics);
      return;
  }
}

/** The URL's path and query may be secrets, so only its host is told. */
function observeAttempt(report: AttemptReport, logger: Logger, metrics: WebhookWorkerMetrics): void {
  const { delivery, attempt, url, result, verdict, nextAttemptAt } = report;
  count(report, metrics);
  logger[verdict === "give_up" ? "warn" : "info"]("webhook.attempted", {
    outcome: verdict,
    tenant: delivery.tenant,
    job_id: delivery.jobId,
    event_id: delivery.eventId,
    event_type: delivery.type,
    request_id: delivery.requestId,
    host: new URL(url).host,
    attempt,
    status_code: result.kind === "response" ? result.status : null,
    error_class: result.kind === "error" ? result.errorClass : null,
    remote_address: result.remoteAddress,
    duration_ms: Math.round(result.durationMs),
    next_attempt_at: nextAttemptAt?.toISOString() ?? null,
  });
  observeChange(report, logger, metrics);
}

function observeAside(
  { delivery, aside, recorded }: AsideReport,
  logger: Logger,
  metrics: WebhookWorkerMetrics,
): void {
  if (recorded === "stale") {
    metrics.worker.superseded.inc();
    return;
  }
  const { kind, reason } = aside;
  switch (kind) {
    case "park":
      metrics.parked.inc();
      break;
    case "give_up":
      metrics.givenUp.inc({ reason });
      break;
  }
  logger[kind === "give_up" ? "warn" : "info"]("webhook.put_aside", {
    outcome: kind,
    reason,
    tenant: delivery.tenant,
    job_id: delivery.jobId,
    event_id: delivery.eventId,
    event_type: delivery.type,
    request_id: delivery.requestId,
    endpoint_id: delivery.endpointId,
  });
}

function observeChange(
  { delivery, change }: AttemptReport,
  logger: Logger,
  metrics: WebhookWorkerMetrics,
): void {
  const names = { tenant: delivery.tenant, endpoint_id: delivery.endpointId };
  switch (change?.kind) {
    case "failing":
      metrics.endpointsWarned.inc();
      logger.warn("webhook.endpoint_failing", names);
      return;
    case "disabled":
      metrics.endpointsDisabled.inc({ reason: change.reason });
      logger.warn("webhook.endpoint_disabled", { ...names, reason: change.reason });
      return;
    case undefined:
      return;
  }
}

function count(
  { delivery, attempt, startedAt, result, verdict, recorded }: AttemptReport,
  metrics: WebhookWorkerMetrics,
): void {
  // Of what is sent again, or waited for its endpoint to be enabled, the time before that is nobody's delay.
  const sinceDue = (at: number): number => (at - delivery.dueSince.getTime()) / 1000;
  metrics.attempts.inc({ outcome: verdict, class: classOf(result) });
  metrics.attemptDuration.observe(result.durationMs / 1000);
  if (isRefusedByUs(result)) metrics.blocked.inc({ reason: result.errorClass });
  if (recorded === "stale") {
    metrics.worker.superseded.inc();
    return;
  }
  // One that was interrupted is made again under its number.
  if (attempt === 1 && verdict !== "interrupted") {
    metrics.lag.observe(sinceDue(startedAt.getTime()));
  }
  switch (verdict) {
    case "delivered":
      metrics.deliveryDuration.observe(sinceDue(startedAt.getTime() + result.durationMs));
      return;
    case "retry":
      metrics.worker.retries.inc();
      return;
    case "give_up":
      metrics.givenUp.inc({ reason: reasonOf(result) });
      return;
    case "interrupted":
      return;
  }
}

function reasonOf(result: SendResult): "exhausted" | "gone" | "refused_by_us" {
  if (isRefusedByUs(result)) {
    return "refused_by_us";
  }
  return isGone(result) ? "gone" : "exhausted";
}

/** One of few: a receiver chooses its status, and must not choose our labels. */
function classOf(result: SendResult): string {
  return result.kind === "response" ? `${Math.floor(result.status / 100)}xx` : result.errorClass;
}
