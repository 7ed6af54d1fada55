import type { DeliveryRef } from "@herald/platform/redis/keys";
import type { UpkeepStore } from "@herald/jobs/retention/upkeep-store";
import { workOff, type IsOver } from "./work-off.ts";

export interface PurgeDeliveriesDeps {
  readonly upkeep: Pick<UpkeepStore, "lists" | "deliveryBytes" | "forgetDelivery">;
  /** Since a delivery was settled or parked. */
  readonly ttlMs: number;
  /** All deliveries together. */
  readonly maxBytes: number;
  readonly isOver: IsOver;
  readonly onFault: (ref: DeliveryRef, error: unknown) => void;
}

export interface DeliveryPurgeReport {
  readonly expired: number;
  readonly overSize: number;
  readonly unpurged: number;
}

/**
 * Deletes the deliveries that were settled long ago, then the oldest of the others until the rest fits. One that is on its
 * way is kept, whatever it takes. Safe to break off anywhere: each goes in one step, with its bytes.
 */
export async function purgeDeliveries(deps: PurgeDeliveriesDeps, now: Date): Promise<DeliveryPurgeReport> {
  const { upkeep, ttlMs, maxBytes, isOver, onFault } = deps;
  const report = { expired: 0, overSize: 0, unpurged: 0 };
  const list = upkeep.lists.settledDeliveries;
  const settledBefore = new Date(now.getTime() - ttlMs);
  let bytes = await upkeep.deliveryBytes();

  async function purgeOne(ref: DeliveryRef, reason: "expired" | "overSize"): Promise<boolean> {
    try {
      const { outcome, bytesLeft } = await upkeep.forgetDelivery(ref);
      bytes = bytesLeft;
      if (outcome === "forgotten") report[reason]++;
      return true;
    } catch (error) {
      report.unpurged++;
      onFault(ref, error);
      return false;
    }
  }

  // One at a time: each takes one step of Redis, and says how many bytes are left.
  await workOff({
    next: (page) => list.due(settledBefore, page),
    handle: (ref) => purgeOne(ref, "expired"),
    isOver,
    atOnce: 1,
  });
  await workOff({
    next: async ({ skip, limit }) => (await list.page(skip, limit)).map(({ ref }) => ref),
    handle: (ref) => purgeOne(ref, "overSize"),
    isOver: (handled) => bytes <= maxBytes || isOver(handled),
    atOnce: 1,
  });
  return report;
}
