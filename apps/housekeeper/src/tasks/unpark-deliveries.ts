import type { DeliveryRef, EndpointRef } from "@herald/platform/redis/keys";
import type { UpkeepStore } from "@herald/jobs/retention/upkeep-store";
import type { Delivery } from "@herald/webhooks/deliveries/delivery-record";
import type { DeliveryStore } from "@herald/webhooks/deliveries/delivery-store";

export interface UnparkDeliveriesDeps {
  readonly upkeep: Pick<UpkeepStore, "lists" | "parkedFor" | "endUnparking" | "dropOwed">;
  readonly deliveries: Pick<DeliveryStore, "find">;
  readonly redeliver: (delivery: Delivery) => Promise<"applied" | "stale">;
  /** How many deliveries one run sends: the rate, times how often it runs. */
  readonly perRun: number;
  readonly onFault: (ref: DeliveryRef, error: unknown) => void;
}

const ENDPOINTS = 100;

/**
 * Sends what was parked for endpoints that are enabled now, oldest first, the same share for each endpoint. What is left, the
 * next run of whichever housekeeper sends. Answers how many deliveries that were.
 */
export async function unparkDeliveries(deps: UnparkDeliveriesDeps): Promise<number> {
  const endpoints = await deps.upkeep.lists.unparkingEndpoints.page(0, ENDPOINTS);
  const share = Math.max(1, Math.floor(deps.perRun / Math.max(1, endpoints.length)));
  let sent = 0;
  for (const { ref: endpoint } of endpoints) {
    for (const ref of await deps.upkeep.parkedFor(endpoint, share)) {
      if (await unparkOne(ref, endpoint, deps)) sent++;
    }
    await deps.upkeep.endUnparking(endpoint);
  }
  return sent;
}

async function unparkOne(
  ref: DeliveryRef,
  endpoint: EndpointRef,
  { upkeep, deliveries, redeliver, onFault }: UnparkDeliveriesDeps,
): Promise<boolean> {
  try {
    const delivery = await deliveries.find(ref);
    if (delivery?.status !== "parked") {
      await upkeep.dropOwed(endpoint, ref.deliveryId);
      return false;
    }
    return (await redeliver(delivery)) === "applied";
  } catch (error) {
    onFault(ref, error);
    return false;
  }
}
