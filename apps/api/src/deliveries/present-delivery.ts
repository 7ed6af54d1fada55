import type { DeliveryAttempt } from "@herald/webhooks/deliveries/delivery-attempt";
import type { Delivery } from "@herald/webhooks/deliveries/delivery-record";
import type { DeliveryStore } from "@herald/webhooks/deliveries/delivery-store";

/** A delivery with all that is remembered of its attempts, oldest first. */
function presentDelivery(delivery: Delivery, attempts: readonly DeliveryAttempt[]) {
  return {
    delivery_id: delivery.deliveryId,
    event_id: delivery.eventId,
    job_id: delivery.jobId,
    endpoint_id: delivery.endpointId,
    type: delivery.type,
    url: delivery.url,
    status: delivery.status,
    reason: delivery.reason,
    created_at: delivery.createdAt.toISOString(),
    next_attempt_at: delivery.nextAttemptAt?.toISOString() ?? null,
    attempts,
  };
}

export type PresentedDelivery = ReturnType<typeof presentDelivery>;

export function presentDeliveries(
  found: readonly Delivery[],
  deliveries: Pick<DeliveryStore, "attempts">,
): Promise<PresentedDelivery[]> {
  return Promise.all(
    found.map(async (delivery) => presentDelivery(delivery, await deliveries.attempts(delivery))),
  );
}
