import type { Logger } from "@herald/platform/logging/logger";
import type { WebhookWorkerMetrics } from "./metrics/webhook-worker-metrics.ts";
import type { SlotSharesOptions } from "./slot-shares.ts";
import type { TakeTurnDeps } from "./take-turn.ts";

/** What is told of deliveries that wait for their turn, and of endpoints that make them wait. */
export function observeTurns(
  logger: Logger,
  metrics: WebhookWorkerMetrics,
): Pick<TakeTurnDeps, "onBreaker" | "onError" | "onPostponed"> & Pick<SlotSharesOptions, "onHeldBack"> {
  return {
    onPostponed: (reason) => {
      metrics.postponed.inc({ reason });
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
