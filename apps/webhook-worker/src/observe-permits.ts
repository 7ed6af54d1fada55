import type { Logger } from "@herald/platform/logging/logger";
import type { WebhookWorkerMetrics } from "./metrics/webhook-worker-metrics.ts";
import type { SlotSharesOptions } from "./slot-shares.ts";
import type { WithPermitDeps } from "./with-permit.ts";

/** What is told of deliveries that wait for their permit, and of endpoints that make them wait. */
export function observePermits(
  logger: Logger,
  metrics: WebhookWorkerMetrics,
): Pick<WithPermitDeps, "onBreaker" | "onError" | "onSnoozed"> & Pick<SlotSharesOptions, "onHeldBack"> {
  return {
    onSnoozed: (reason) => {
      metrics.snoozed.inc({ reason });
    },
    onBreaker: ({ tenant, endpointId }, change) => {
      metrics.breakerChanges.inc({ change });
      logger[change === "opened" ? "warn" : "info"](`webhook.breaker_${change}`, {
        tenant,
        endpoint_id: endpointId,
      });
    },
    onHeldBack: (tenant) => {
      logger.warn("webhook.tenant_held_back", { tenant });
    },
    onError: (error) => {
      logger.warn("webhook.turn_failed", { error });
    },
  };
}
