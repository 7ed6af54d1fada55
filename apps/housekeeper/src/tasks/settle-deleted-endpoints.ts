import type { DeliveryEntry } from "@herald/queue/queues/entries";
import type { WorkQueue } from "@herald/queue/queues/work-queue";
import type { DeliveryRef, EndpointRef } from "@herald/platform/redis/keys";
import type { UpkeepStore } from "@herald/jobs/retention/upkeep-store";
import type { DeliveryStore } from "@herald/webhooks/deliveries/delivery-store";

export interface SettleDeletedEndpointsDeps {
  readonly upkeep: Pick<UpkeepStore, "lists" | "owedTo" | "dropOwed">;
  readonly deliveries: Pick<DeliveryStore, "find" | "giveUp">;
  readonly deliveryQueue: Pick<WorkQueue<DeliveryEntry>, "remove">;
  readonly now: () => Date;
  readonly onFault: (ref: DeliveryRef, error: unknown) => void;
}

const BATCH = 100;
const ENDPOINTS = 100;
/** Per run. An endpoint may be owed more than is settled in one breath. */
const MAX_SETTLED = 10_000;

/** Gives up what is owed to endpoints that are no more, on its way or parked. Answers how many deliveries that were. */
export async function settleDeletedEndpoints(deps: SettleDeletedEndpointsDeps): Promise<number> {
  const { upkeep, now } = deps;
  const deleted = await upkeep.lists.deletedEndpoints.due(now(), { skip: 0, limit: ENDPOINTS });
  let settled = 0;
  for (const endpoint of deleted) {
    settled += await settleEndpoint(endpoint, deps, MAX_SETTLED - settled);
  }
  return settled;
}

/** What a fault leaves behind is first in line again, so the endpoint stays listed for the next run. */
async function settleEndpoint(
  endpoint: EndpointRef,
  deps: SettleDeletedEndpointsDeps,
  most: number,
): Promise<number> {
  let settled = 0;
  while (settled < most) {
    const owed = await deps.upkeep.owedTo(endpoint, BATCH);
    if (owed.length === 0) {
      await deps.upkeep.lists.deletedEndpoints.drop(endpoint);
      break;
    }
    const given = await settleEach(owed, endpoint, deps);
    settled += given;
    if (given < owed.length) break;
  }
  return settled;
}

async function settleEach(
  owed: readonly DeliveryRef[],
  endpoint: EndpointRef,
  deps: SettleDeletedEndpointsDeps,
): Promise<number> {
  let settled = 0;
  for (const ref of owed) {
    try {
      await settleOne(ref, endpoint, deps);
      settled++;
    } catch (error) {
      deps.onFault(ref, error);
    }
  }
  return settled;
}

/** The record first: an entry whose delivery is settled does nothing, should a worker take it in between. */
async function settleOne(
  ref: DeliveryRef,
  endpoint: EndpointRef,
  { upkeep, deliveries, deliveryQueue }: SettleDeletedEndpointsDeps,
): Promise<void> {
  const delivery = await deliveries.find(ref);
  if (delivery !== null) {
    await deliveries.giveUp(delivery, "endpoint_deleted", null);
    await deliveryQueue.remove(ref.deliveryId);
  }
  await upkeep.dropOwed(endpoint, ref.deliveryId);
}
