import { isEndpointId } from "@herald/shared/webhooks/webhook-ids";
import type { KeyOwner } from "@herald/platform/redis/keys";
import type { Delivery } from "@herald/webhooks/deliveries/delivery-record";
import type { DeliveryStore } from "@herald/webhooks/deliveries/delivery-store";
import type { Endpoint } from "@herald/webhooks/endpoints/endpoint-record";

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

/** Why a delivery is not sent, and so is put aside. */
export type Aside =
  /** It waits until its endpoint is enabled again. */
  | { readonly kind: "park"; readonly reason: "endpoint_disabled" }
  | { readonly kind: "give_up"; readonly reason: "endpoint_deleted" };

export type Target = Sending | Aside;

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
    : { kind: "park", reason: "endpoint_disabled" };
}

/** "stale": somebody had settled the delivery meanwhile. */
export function putAside(
  delivery: Delivery,
  aside: Aside,
  { deliveries, now }: { deliveries: Pick<DeliveryStore, "giveUp" | "park">; now: () => Date },
): Promise<"applied" | "stale"> {
  switch (aside.kind) {
    case "park":
      return deliveries.park(delivery, now());
    case "give_up":
      return deliveries.giveUp(delivery, aside.reason, null);
  }
}
