import { redeliver } from "@herald/webhooks/deliveries/redeliver";
import { createRecoveryStore } from "@herald/webhooks/recovery/recovery-store";
import type { Base } from "../open-base.ts";
import type { DeliveryRoutesDeps } from "./delivery-routes.ts";

export function openDeliveries({ redis, keys, queues, stores, now }: Base): DeliveryRoutesDeps {
  return {
    ...stores,
    recoveries: createRecoveryStore(redis, keys),
    redeliver: (delivery) => redeliver(delivery, { ...stores, queue: queues.deliveries, now }),
    now,
  };
}
