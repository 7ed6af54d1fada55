import type { DeliveryEntry } from "@herald/queue/queues/entries";
import type { WorkQueue } from "@herald/queue/queues/work-queue";
import type { JobRef } from "@herald/platform/redis/keys";
import type { DeliveryStore } from "./delivery-store.ts";
import { enqueueDelivery } from "./enqueue-delivery.ts";

export interface EnqueueOwedDeps {
  readonly store: Pick<DeliveryStore, "idsOf" | "find">;
  readonly queue: WorkQueue<DeliveryEntry>;
}

/** For whoever finds an ended job, whose writer may not have lived to enqueue what it owed. Safe to repeat. */
export async function enqueueOwed(job: JobRef, { store, queue }: EnqueueOwedDeps): Promise<void> {
  for (const deliveryId of await store.idsOf(job)) {
    const delivery = await store.find({ tenant: job.tenant, deliveryId });
    if (delivery?.status === "pending") await enqueueDelivery(queue, delivery);
  }
}
