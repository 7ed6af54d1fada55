import type { Guards, Routes } from "../http/mount.ts";
import { notForViewers } from "../http/roles.ts";
import { createEndpoint, type CreateEndpointDeps } from "./create-endpoint.ts";
import { deleteEndpoint, type DeleteEndpointDeps } from "./delete-endpoint.ts";
import { getEndpoint, type GetEndpointDeps } from "./get-endpoint.ts";
import { listEndpoints, type ListEndpointsDeps } from "./list-endpoints.ts";
import { testEndpoint, type TestEndpointDeps } from "./test-endpoint.ts";
import { updateEndpoint, type UpdateEndpointDeps } from "./update-endpoint.ts";

export type EndpointRoutesDeps = CreateEndpointDeps &
  DeleteEndpointDeps &
  GetEndpointDeps &
  ListEndpointsDeps &
  TestEndpointDeps &
  UpdateEndpointDeps;

export function endpointRoutes(deps: EndpointRoutesDeps, { auth, json }: Guards): Routes {
  return {
    "/v1/webhook-endpoints": {
      get: [auth, listEndpoints(deps)],
      post: [auth, notForViewers, json, createEndpoint(deps)],
    },
    "/v1/webhook-endpoints/:endpoint_id": {
      get: [auth, getEndpoint(deps)],
      patch: [auth, notForViewers, json, updateEndpoint(deps)],
      delete: [auth, notForViewers, deleteEndpoint(deps)],
    },
    "/v1/webhook-endpoints/:endpoint_id/test": { post: [auth, notForViewers, testEndpoint(deps)] },
  };
}
