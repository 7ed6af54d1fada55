import type { RecoveryRef } from "@herald/platform/redis/keys";
import type { Delivery } from "@herald/webhooks/deliveries/delivery-record";
import type { DeliveryStore } from "@herald/webhooks/deliveries/delivery-store";
import { placeInList } from "@herald/webhooks/deliveries/list-deliveries";
import type { Recovery, RecoveryStore } from "@herald/webhooks/recovery/recovery-store";

export interface RecoverDeliveriesDeps {
  readonly recoveries: Pick<RecoveryStore, "running" | "find" | "advance" | "end">;
  readonly deliveries: Pick<DeliveryStore, "list">;
  readonly redeliver: (delivery: Delivery) => Promise<"applied" | "stale">;
  /** How many deliveries one run sends again: the rate, times how often it runs. */
  readonly perRun: number;
  readonly now: () => Date;
  readonly onFault: (ref: RecoveryRef, error: unknown) => void;
}

const PAGE = 100;
/** In one run. Each tenant has one at most. */
const RECOVERIES = 100;

/**
 * Takes each running recovery a part of its way, the same share for each. Where it is stands in Redis after each delivery
 * and each page, so the next run, of whichever housekeeper, goes on there.
 */
export async function recoverDeliveries(deps: RecoverDeliveriesDeps): Promise<{ redelivered: number }> {
  const running = await deps.recoveries.running(RECOVERIES);
  const share = Math.max(1, Math.floor(deps.perRun / Math.max(1, running.length)));
  let redelivered = 0;
  for (const ref of running) {
    try {
      redelivered += await recoverSome(ref, share, deps);
    } catch (error) {
      deps.onFault(ref, error);
    }
  }
  return { redelivered };
}

async function recoverSome(ref: RecoveryRef, share: number, deps: RecoverDeliveriesDeps): Promise<number> {
  let redelivered = 0;
  for (let looked = 0; looked < share; looked += PAGE) {
    const recovery = await deps.recoveries.find(ref);
    const page = recovery?.status === "running" ? await nextPage(recovery, share - looked, deps) : null;
    for (const delivery of page?.deliveries ?? []) {
      const count = (await deps.redeliver(delivery)) === "applied" ? "redelivered" : "skipped";
      if (count === "redelivered") redelivered++;
      if ((await deps.recoveries.advance({ ref, after: placeInList(delivery), count })) === "stale") {
        return redelivered; // Cancelled.
      }
    }
    if (page?.hasMore !== true) {
      await deps.recoveries.end({ ref, status: "finished", now: deps.now() });
      return redelivered;
    }
    // Past what was on the page and is not to be sent again, which may be all of it.
    if (page.last !== null) await deps.recoveries.advance({ ref, after: page.last, count: null });
  }
  return redelivered;
}

function nextPage(recovery: Recovery, share: number, { deliveries }: RecoverDeliveriesDeps) {
  const { tenant, endpointId, createdAfter, createdBefore, after } = recovery;
  return deliveries.list({
    tenant,
    status: recovery.deliveryStatus,
    endpointId,
    createdAfter,
    createdBefore,
    order: "oldest_first",
    after,
    limit: Math.min(share, PAGE),
  });
}
