import type { Redis } from "ioredis";
import type { DeliveryEntry } from "@herald/queue/queues/entries";
import type { WorkQueue } from "@herald/queue/queues/work-queue";
import type { Keys } from "@herald/platform/redis/keys";
import { countFailure } from "./count-failure.ts";
import { endStreak } from "./end-streak.ts";
import { markEndpoint } from "./mark-endpoint.ts";
import type { DeliveryAttempt } from "../deliveries/delivery-attempt.ts";
import { eventFields } from "../deliveries/delivery-record.ts";
import type { Endpoint } from "../endpoints/endpoint-record.ts";
import { enqueueEvent } from "../deliveries/enqueue-delivery.ts";
import { judgeStreak, type EndpointChange, type StreakRules } from "./judge-streak.ts";
import { noticeOf } from "./notice-event.ts";

export interface FailedAttempt {
  readonly attempt: DeliveryAttempt;
  /** The receiver answered that it will never want anything again. */
  readonly isGone: boolean;
  /** Carried into every later log line about what this led to. */
  readonly requestId: string;
}

/** What attempts say of the endpoint that they went to, in the long run. */
export interface EndpointHealth {
  /** One more attempt failed. Answers what became of the endpoint by that; null: nothing. */
  failed(endpoint: Endpoint, failure: FailedAttempt): Promise<EndpointChange | null>;
  /** An attempt was delivered. Costs nothing unless one failed before. */
  delivered(endpoint: Endpoint): Promise<void>;
}

export interface EndpointHealthDeps {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly deliveries: Pick<WorkQueue<DeliveryEntry>, "add">;
  readonly rules: StreakRules;
  readonly now: () => Date;
  readonly onDeliveryDelayed: (error: unknown) => void;
}

export function createEndpointHealth(deps: EndpointHealthDeps): EndpointHealth {
  const { redis, keys, deliveries, rules, now, onDeliveryDelayed } = deps;
  return {
    async failed(endpoint, { attempt, isGone, requestId }) {
      const streak = await countFailure(redis, keys, { ...endpoint, at: new Date(attempt.at) });
      const at = now();
      const change = streak === "stale" ? null : judgeStreak({ streak, isGone, now: at }, rules);
      if (streak === "stale" || change === null) {
        return null;
      }
      const event = noticeOf({ endpoint, change, streak, attempt, requestId, at }, rules);
      const told = await markEndpoint(redis, keys, {
        endpoint,
        disabledReason: change.kind === "disabled" ? change.reason : null,
        event: { id: event.eventId, type: event.type, fields: eventFields(event) },
        now: at,
      });
      if (told === "stale") {
        return null;
      }
      // The change stands, whatever comes of this: a delivery that is not enqueued now is found by the housekeeper.
      await enqueueEvent(deliveries, event, told).catch(onDeliveryDelayed);
      return change;
    },

    async delivered(endpoint) {
      if (endpoint.failingSince !== null) await endStreak(redis, keys, endpoint);
    },
  };
}
