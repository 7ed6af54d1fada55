import { isEndpointId } from "@herald/shared/job";
import type { Delivery, DeliveryStore, EndpointStore } from "@herald/shared/store";

export type Target =
  | { readonly kind: "send"; readonly url: string }
  /** Its endpoint is disabled: it waits until that ends. */
  | { readonly kind: "park" }
  | { readonly kind: "give_up"; readonly reason: string };

/** Where a delivery goes now. What an endpoint is, is read for each attempt: a change counts from the next one on. */
export async function findTarget(
  { tenant, endpointId, url }: Delivery,
  endpoints: Pick<EndpointStore, "find">,
): Promise<Target> {
  if (!isEndpointId(endpointId)) {
    return { kind: "send", url };
  }
  const endpoint = await endpoints.find(tenant, endpointId);
  if (endpoint === null) {
    return { kind: "give_up", reason: "endpoint_deleted" };
  }
  return endpoint.enabled ? { kind: "send", url: endpoint.url } : { kind: "park" };
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
