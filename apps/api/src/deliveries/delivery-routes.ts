import type { Guards, Routes } from "../http/mount.ts";
import { notForViewers } from "../http/roles.ts";
import { listDeliveries, type ListDeliveriesDeps } from "./list-deliveries.ts";
import { listJobDeliveries, type ListJobDeliveriesDeps } from "./list-job-deliveries.ts";
import { cancelRecovery, getRecovery, startRecovery, type RecoverRouteDeps } from "./recover-deliveries.ts";
import { redeliverJob, redeliverOne, type RedeliverRouteDeps } from "./redeliver.ts";

export type DeliveryRoutesDeps = ListDeliveriesDeps &
  ListJobDeliveriesDeps &
  RecoverRouteDeps &
  RedeliverRouteDeps;

export function deliveryRoutes(deps: DeliveryRoutesDeps, { auth, json }: Guards): Routes {
  return {
    "/v1/jobs/:job_id/deliveries": { get: [auth, listJobDeliveries(deps)] },
    "/v1/jobs/:job_id/redeliver": { post: [auth, notForViewers, redeliverJob(deps)] },
    "/v1/deliveries": { get: [auth, listDeliveries(deps)] },
    "/v1/deliveries/recover": { post: [auth, notForViewers, json, startRecovery(deps)] },
    "/v1/deliveries/recover/:recovery_id": {
      get: [auth, getRecovery(deps)],
      delete: [auth, notForViewers, cancelRecovery(deps)],
    },
    "/v1/deliveries/:delivery_id/redeliver": { post: [auth, notForViewers, redeliverOne(deps)] },
  };
}
