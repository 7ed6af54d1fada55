import type { SettingsReadBy } from "@herald/platform/settings/read-by";
import type { Running } from "@herald/shared/stoppable";
import type { Logger } from "@herald/platform/logging/logger";
import { queueNames, type DeliveryEntry } from "@herald/queue/queues/entries";
import { openWorkerBase, startWorkerProcess } from "@herald/queue/worker/worker-process";
import { openDeliveries } from "./open-deliveries.ts";

/** Takes deliveries and sends them. */
export async function startWebhookWorker(
  settings: SettingsReadBy<"webhook-worker">,
  logger: Logger,
): Promise<Running> {
  const base = openWorkerBase({ name: "webhook-worker", settings, logger });
  const { attempt, metrics, parts, failed } = await openDeliveries({ base, settings, logger });
  return startWorkerProcess<DeliveryEntry>({
    settings,
    base,
    queue: queueNames.webhookDelivery,
    concurrency: settings.WEBHOOK_CONCURRENCY,
    keepsCompleted: false, // A delivery's record tells more of it, and for longer.
    retryDelaysMs: settings.WEBHOOK_RETRY_DELAYS,
    process: attempt,
    metrics: metrics.worker,
    parts,
    failed: [failed],
  });
}
