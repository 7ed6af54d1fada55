import type { Redis } from "ioredis";
import type { JobLinks } from "@herald/shared/jobs/present-job";
import { deliveryIdOf } from "@herald/shared/webhooks/webhook-ids";
import type { DeliveryEntry } from "@herald/queue/queues/entries";
import type { WorkQueue } from "@herald/queue/queues/work-queue";
import type { Keys } from "@herald/platform/redis/keys";
import { recordEvent } from "@herald/webhooks/deliveries/record-event";
import { eventFields } from "@herald/webhooks/deliveries/delivery-record";
import type { Endpoint } from "@herald/webhooks/endpoints/endpoint-record";
import { enqueueEvent } from "@herald/webhooks/deliveries/enqueue-delivery";
import { exampleEvent } from "./example-event.ts";

export interface SendExamplesDeps {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly deliveries: Pick<WorkQueue<DeliveryEntry>, "add">;
  readonly links: JobLinks;
  readonly now: () => Date;
  readonly onDeliveryDelayed: (error: unknown) => void;
}

/** Sends an endpoint an example of each event that it wants. Answers the deliveries' ids: none, when it is disabled by now. */
export type SendExamples = (endpoint: Endpoint, requestId: string) => Promise<readonly string[]>;

export function createSendExamples(deps: SendExamplesDeps): SendExamples {
  const { redis, keys, deliveries, links, onDeliveryDelayed } = deps;
  return async (endpoint, requestId) => {
    const sent: string[] = [];
    for (const type of endpoint.events) {
      const at = deps.now();
      const event = exampleEvent(type, { endpoint, links, requestId, at });
      const { eventId } = event;
      const fields = eventFields(event);
      if ((await recordEvent(redis, keys, { endpoint, eventId, fields, now: at })) === "disabled") break;
      sent.push(deliveryIdOf(eventId, endpoint.endpointId));
      // What is recorded is sent: a delivery that is not enqueued now is found by the housekeeper.
      await enqueueEvent(deliveries, event, [endpoint.endpointId]).catch(onDeliveryDelayed);
    }
    return sent;
  };
}
