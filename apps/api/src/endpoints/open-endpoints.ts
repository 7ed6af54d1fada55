import { createSendExamples } from "@herald/jobs/ending/send-examples";
import type { Base } from "../open-base.ts";
import type { EndpointRoutesDeps } from "./endpoint-routes.ts";
import { createLimitTests } from "./limit-tests.ts";

export function openEndpoints(base: Base, parseWebhookUrl: (text: string) => URL): EndpointRoutesDeps {
  const { settings, redis, keys, queues, stores, links, now, onDeliveryDelayed } = base;
  const { deliveries } = queues;
  return {
    ...stores,
    limitTests: createLimitTests(redis, keys),
    sendExamples: createSendExamples({ redis, keys, deliveries, links, now, onDeliveryDelayed }),
    parseWebhookUrl,
    endpointRetries: {
      maxRetries: settings.WEBHOOK_MAX_RETRIES,
      maxRetryDelayMs: settings.WEBHOOK_MAX_RETRY_DELAY,
    },
    now,
  };
}
