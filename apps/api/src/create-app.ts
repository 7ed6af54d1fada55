import express, { type Express, type RequestHandler } from "express";
import { BOARD_PATH } from "./board/create-board.ts";
import { linkOr, type AuthenticateLinkDeps } from "./audio/authenticate-link.ts";
import { authenticate, recognize, type AuthenticateDeps } from "./http/authenticate.ts";
import { errorHandler, routeNotFound } from "./http/error-handler.ts";
import { mount } from "./http/mount.ts";
import { observeRequests, type ObserveRequestsDeps } from "./http/observe-requests.ts";
import { readJson } from "./http/read-json.ts";
import { refuseWebhooks } from "./http/refuse-webhooks.ts";
import { requestId } from "./http/request-id.ts";
import { adminOnly, notForViewers } from "./http/roles.ts";
import { securityHeaders } from "./http/security-headers.ts";
import { cancelJob, type CancelJobDeps } from "./jobs/cancel-job.ts";
import { createEndpoint, type CreateEndpointDeps } from "./endpoints/create-endpoint.ts";
import { createJobRoute, type CreateJobRouteDeps } from "./jobs/create-job.ts";
import { createKey, type CreateKeyDeps } from "./keys/create-key.ts";
import { deleteEndpoint, type DeleteEndpointDeps } from "./endpoints/delete-endpoint.ts";
import { deleteKey, type DeleteKeyDeps } from "./keys/delete-key.ts";
import { getAudio, type GetAudioDeps } from "./audio/get-audio.ts";
import { getEndpoint, type GetEndpointDeps } from "./endpoints/get-endpoint.ts";
import { getJob, type GetJobDeps } from "./jobs/get-job.ts";
import { live, ready, type ReadyDeps } from "./health/health.ts";
import { listDeliveries, type ListDeliveriesDeps } from "./deliveries/list-deliveries.ts";
import { listJobDeliveries, type ListJobDeliveriesDeps } from "./deliveries/list-job-deliveries.ts";
import { listEndpoints, type ListEndpointsDeps } from "./endpoints/list-endpoints.ts";
import { listJobs, type ListJobsDeps } from "./jobs/list-jobs.ts";
import { listKeys, type ListKeysDeps } from "./keys/list-keys.ts";
import { listWebhookKeys, type ListWebhookKeysDeps } from "./webhook-keys/list-webhook-keys.ts";
import { listVoices } from "./voices/list-voices.ts";
import { metrics, type MetricsDeps } from "./metrics/metrics.ts";
import {
  cancelRecovery,
  getRecovery,
  startRecovery,
  type RecoverRouteDeps,
} from "./deliveries/recover-deliveries.ts";
import { redeliverJob, redeliverOne, type RedeliverRouteDeps } from "./deliveries/redeliver.ts";
import { rotateWebhookKey, type RotateWebhookKeyDeps } from "./webhook-keys/rotate-webhook-key.ts";
import { testEndpoint, type TestEndpointDeps } from "./endpoints/test-endpoint.ts";
import { updateEndpoint, type UpdateEndpointDeps } from "./endpoints/update-endpoint.ts";

export type AppDeps = AuthenticateDeps &
  AuthenticateLinkDeps &
  CancelJobDeps &
  CreateEndpointDeps &
  CreateJobRouteDeps &
  CreateKeyDeps &
  DeleteEndpointDeps &
  DeleteKeyDeps &
  GetAudioDeps &
  GetEndpointDeps &
  GetJobDeps &
  ListDeliveriesDeps &
  ListEndpointsDeps &
  ListJobDeliveriesDeps &
  ListJobsDeps &
  ListKeysDeps &
  ListWebhookKeysDeps &
  MetricsDeps &
  ObserveRequestsDeps &
  RecoverRouteDeps &
  RedeliverRouteDeps &
  ReadyDeps &
  TestEndpointDeps &
  UpdateEndpointDeps &
  RotateWebhookKeyDeps & { readonly bodyLimitBytes: number; readonly board: RequestHandler };

/** The whole HTTP API. Opens nothing: what it reaches is in `deps`. */
export function createApp(deps: AppDeps): Express {
  const app = express();
  // Answers are not to be kept, so there is nothing to compare.
  app.set("etag", false);
  app.disable("x-powered-by");

  const auth = authenticate(deps);
  const json = readJson({ limitBytes: deps.bodyLimitBytes });

  app.use(requestId, observeRequests(deps), securityHeaders, refuseWebhooks);

  // The first, because it is what most requests want.
  mount(app, "/v1/tts/async", { post: [recognize(deps), notForViewers, json, createJobRoute(deps)] });

  mount(app, "/health/live", { get: [live] });
  mount(app, "/health/ready", { get: [ready(deps)] });
  mount(app, "/metrics", { get: [metrics(deps)] });

  mount(app, "/v1/jobs", { get: [auth, listJobs(deps)] });
  mount(app, "/v1/jobs/:job_id", {
    get: [auth, getJob(deps)],
    delete: [auth, notForViewers, cancelJob(deps)],
  });
  mount(app, "/v1/jobs/:job_id/audio", { get: [linkOr(auth, deps), getAudio(deps)] });
  mount(app, "/v1/jobs/:job_id/deliveries", { get: [auth, listJobDeliveries(deps)] });
  mount(app, "/v1/jobs/:job_id/redeliver", { post: [auth, notForViewers, redeliverJob(deps)] });
  mount(app, "/v1/deliveries", { get: [auth, listDeliveries(deps)] });
  mount(app, "/v1/deliveries/recover", { post: [auth, notForViewers, json, startRecovery(deps)] });
  mount(app, "/v1/deliveries/recover/:recovery_id", {
    get: [auth, getRecovery(deps)],
    delete: [auth, notForViewers, cancelRecovery(deps)],
  });
  mount(app, "/v1/deliveries/:delivery_id/redeliver", { post: [auth, notForViewers, redeliverOne(deps)] });
  mount(app, "/v1/webhook-endpoints", {
    get: [auth, listEndpoints(deps)],
    post: [auth, notForViewers, json, createEndpoint(deps)],
  });
  mount(app, "/v1/webhook-endpoints/:endpoint_id", {
    get: [auth, getEndpoint(deps)],
    patch: [auth, notForViewers, json, updateEndpoint(deps)],
    delete: [auth, notForViewers, deleteEndpoint(deps)],
  });
  mount(app, "/v1/webhook-endpoints/:endpoint_id/test", {
    post: [auth, notForViewers, testEndpoint(deps)],
  });
  mount(app, "/v1/voices", { get: [auth, listVoices] });
  mount(app, "/v1/keys", {
    get: [auth, adminOnly, listKeys(deps)],
    post: [auth, adminOnly, json, createKey(deps)],
  });
  mount(app, "/v1/keys/:key_id", { delete: [auth, adminOnly, deleteKey(deps)] });
  mount(app, "/v1/webhook-keys", { get: [auth, listWebhookKeys(deps)] });
  mount(app, "/v1/webhook-keys/rotate", {
    post: [auth, notForViewers, json, rotateWebhookKey(deps)],
  });

  app.use(BOARD_PATH, deps.board);

  app.use(routeNotFound, errorHandler);
  return app;
}
