import express, { type Express, type RequestHandler } from "express";
import { audioRoutes, type AudioRoutesDeps } from "./audio/audio-routes.ts";
import { BOARD_PATH } from "./board/create-board.ts";
import { deliveryRoutes, type DeliveryRoutesDeps } from "./deliveries/delivery-routes.ts";
import { endpointRoutes, type EndpointRoutesDeps } from "./endpoints/endpoint-routes.ts";
import { healthRoutes, type HealthRoutesDeps } from "./health/health-routes.ts";
import { authenticate, recognize, type AuthenticateDeps } from "./http/authenticate.ts";
import { errorHandler, routeNotFound } from "./http/error-handler.ts";
import { mount, type Guards } from "./http/mount.ts";
import { observeRequests, type ObserveRequestsDeps } from "./http/observe-requests.ts";
import { readJson } from "./http/read-json.ts";
import { refuseWebhooks } from "./http/refuse-webhooks.ts";
import { requestId } from "./http/request-id.ts";
import { securityHeaders } from "./http/security-headers.ts";
import { jobRoutes, type JobRoutesDeps } from "./jobs/job-routes.ts";
import { keyRoutes, type KeyRoutesDeps } from "./keys/key-routes.ts";
import { voiceRoutes } from "./voices/voice-routes.ts";
import { webhookKeyRoutes, type WebhookKeyRoutesDeps } from "./webhook-keys/webhook-key-routes.ts";

/** What every request passes through. */
export type HttpDeps = AuthenticateDeps & ObserveRequestsDeps & { readonly bodyLimitBytes: number };

/** What each resource reaches, and nothing beside it. */
export interface AppDeps {
  readonly http: HttpDeps;
  readonly jobs: JobRoutesDeps;
  readonly audio: AudioRoutesDeps;
  readonly deliveries: DeliveryRoutesDeps;
  readonly endpoints: EndpointRoutesDeps;
  readonly webhookKeys: WebhookKeyRoutesDeps;
  readonly keys: KeyRoutesDeps;
  readonly health: HealthRoutesDeps;
  readonly board: RequestHandler;
}

/** The whole HTTP API. Opens nothing: what it reaches is in `deps`. */
export function createApp(deps: AppDeps): Express {
  const app = express();
  // Answers are not to be kept, so there is nothing to compare.
  app.set("etag", false);
  app.disable("x-powered-by");
  app.use(requestId, observeRequests(deps.http), securityHeaders, refuseWebhooks);

  const guards: Guards = {
    auth: authenticate(deps.http),
    recognize: recognize(deps.http),
    json: readJson({ limitBytes: deps.http.bodyLimitBytes }),
  };
  // Jobs first, because they are what most requests are about.
  mount(app, jobRoutes(deps.jobs, guards));
  mount(app, healthRoutes(deps.health));
  mount(app, audioRoutes(deps.audio, guards));
  mount(app, deliveryRoutes(deps.deliveries, guards));
  mount(app, endpointRoutes(deps.endpoints, guards));
  mount(app, voiceRoutes(guards));
  mount(app, keyRoutes(deps.keys, guards));
  mount(app, webhookKeyRoutes(deps.webhookKeys, guards));
  app.use(BOARD_PATH, deps.board);

  app.use(routeNotFound, errorHandler);
  return app;
}
