import type { WebhookProgress } from "@herald/shared/jobs/job";
import type { JobRef } from "@herald/platform/redis/keys";
import type { DeliveryEntry } from "@herald/queue/queues/entries";
import type { WorkQueue } from "@herald/queue/queues/work-queue";
import { isOwnWebhook, type Delivery } from "./delivery-record.ts";
import type { DeliveryStore } from "./delivery-store.ts";
import { enqueueDelivery } from "./enqueue-delivery.ts";

export interface RedeliverDeps {
  /** What the job says about its own webhook; null when it is gone. */
  readonly jobs: { find(ref: JobRef): Promise<{ readonly webhook: WebhookProgress } | null> };
  readonly deliveries: Pick<DeliveryStore, "reopen">;
  readonly queue: Pick<WorkQueue<DeliveryEntry>, "add" | "remove">;
  readonly now: () => Date;
}

/**
 * Has a delivery that was settled or parked sent again, the same bytes under the same `webhook-id`, with all attempts
 * ahead of it. "stale": it is on its way, what it tells of is gone, or it is parked and its endpoint still disabled.
 * The record first: what a crash leaves between the steps, or a worker that still holds the former round's entry, is a
 * delivery that is owed, which the housekeeper finds.
 */
export async function redeliver(delivery: Delivery, deps: RedeliverDeps): Promise<"applied" | "stale"> {
  const job = isOwnWebhook(delivery) ? await deps.jobs.find(delivery) : null;
  if (job === null && isOwnWebhook(delivery)) {
    return "stale";
  }
  if ((await deps.deliveries.reopen(delivery, job?.webhook ?? null, deps.now())) === "stale") {
    return "stale";
  }
  await deps.queue.remove(delivery.deliveryId);
  await enqueueDelivery(deps.queue, delivery);
  return "applied";
}
