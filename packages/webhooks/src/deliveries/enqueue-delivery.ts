import { MAX_RETRIES } from "@herald/shared/jobs/job";
import { deliveryIdOf, isEndpointId } from "@herald/shared/webhooks/webhook-ids";
import type { DeliveryEntry } from "@herald/queue/queues/entries";
import type { WorkQueue } from "@herald/queue/queues/work-queue";
import { entryOf, type NewEvent } from "./delivery-record.ts";

/** Safe to repeat: the entry's id is the delivery's. Also for whoever finds a delivery that is still owed. */
export async function enqueueDelivery(
  queue: Pick<WorkQueue<DeliveryEntry>, "add">,
  delivery: DeliveryEntry,
): Promise<void> {
  // An endpoint may have a schedule of its own, which is read with each attempt: the worker says which is the last.
  const options = isEndpointId(delivery.endpointId) ? { attempts: MAX_RETRIES + 1 } : {};
  await queue.add(delivery.deliveryId, entryOf(delivery), options);
}

export async function enqueueEvent(
  queue: Pick<WorkQueue<DeliveryEntry>, "add">,
  event: NewEvent,
  endpointIds: readonly string[],
): Promise<void> {
  await Promise.all(
    endpointIds.map((endpointId) =>
      enqueueDelivery(queue, { ...event, endpointId, deliveryId: deliveryIdOf(event.eventId, endpointId) }),
    ),
  );
}
