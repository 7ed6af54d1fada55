import type { DeliveryRef } from "@herald/shared/redis";
import type { UpkeepStore } from "@herald/shared/store";

export interface PurgeDeliveriesDeps {
  readonly upkeep: Pick<UpkeepStore, "lists" | "deliveryBytes" | "forgetDelivery">;
  /** Since a delivery was settled or parked. */
  readonly ttlMs: number;
  /** All deliveries together. */
  readonly maxBytes: number;
  readonly onFault: (ref: DeliveryRef, error: unknown) => void;
}

const BATCH = 500;

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
  const { upkeep, ttlMs, maxBytes, onFault } = deps;
  const report = { expired: 0, overSize: 0, unpurged: 0 };
  const list = upkeep.lists.settledDeliveries;
  const settledBefore = new Date(now.getTime() - ttlMs);
  let bytes = await upkeep.deliveryBytes();

  async function purgeOne(ref: DeliveryRef, reason: "expired" | "overSize"): Promise<void> {
    try {
      const { outcome, bytesLeft } = await upkeep.forgetDelivery(ref);
      bytes = bytesLeft;
      if (outcome === "forgotten") report[reason]++;
    } catch (error) {
      report.unpurged++;
      onFault(ref, error);
    }
  }

  // What could not be purged stays on the list, and must not be met again in this run.
  while (report.unpurged < BATCH) {
    const due = await list.due(settledBefore, { skip: report.unpurged, limit: BATCH });
    if (due.length === 0) break;
    for (const ref of due) await purgeOne(ref, "expired");
  }
  while (bytes > maxBytes && report.unpurged < BATCH) {
    const oldest = await list.page(report.unpurged, BATCH);
    if (oldest.length === 0) break;
    for (const { ref } of oldest) if (bytes > maxBytes) await purgeOne(ref, "overSize");
  }
  return report;
}
