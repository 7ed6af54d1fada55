import { isEndpointId } from "@herald/shared/job";
import type { KeyOwner } from "@herald/shared/redis";
import type { Delivery, DeliveryStore, Endpoint } from "@herald/shared/store";

export interface Sending {
  readonly kind: "send";
  readonly url: string;
  /** The endpoint's own, sent beside Herald's. */
  readonly headers: Readonly<Record<string, string>>;
  /** Waits between attempts; null: the operator's. */
  readonly retryDelaysMs: readonly number[] | null;
  /** Whose keys sign. */
  readonly owner: KeyOwner;
  /** Null for a job's own URL, which nobody made an endpoint of. */
  readonly endpoint: Endpoint | null;
}

export type Target =
  | Sending
  /** Its endpoint is disabled: it waits until that ends. */
  | { readonly kind: "park" }
  | { readonly kind: "give_up"; readonly reason: string };

/** Where a delivery goes now. What an endpoint is, is read for each attempt: a change counts from the next one on. */
export function findTarget({ tenant, endpointId, url }: Delivery, endpoint: Endpoint | null): Target {
  if (!isEndpointId(endpointId)) {
    return { kind: "send", url, headers: {}, retryDelaysMs: null, owner: { tenant }, endpoint: null };
  }
  if (endpoint === null) {
    return { kind: "give_up", reason: "endpoint_deleted" };
  }
  const { url: current, headers, retryDelaysMs, enabled } = endpoint;
  return enabled
    ? { kind: "send", url: current, headers, retryDelaysMs, owner: { tenant, endpointId }, endpoint }
    : { kind: "park" };
}

/** What becomes of a delivery that is not sent. */
export async function putAside(
  delivery: Delivery,
  target: Exclude<Target, { kind: "send" }>,
  { deliveries, now }: { deliveries: Pick<DeliveryStore, "giveUp" | "park">; now: () => Date },
): Promise<void> {
  switch (target.kind) {
    case "park":
      await deliveries.park(delivery, now());
      return;
    case "give_up":
      await deliveries.giveUp(delivery, target.reason, null);
      return;
  }
}
