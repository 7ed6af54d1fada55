import type { Redis } from "ioredis";
import { gatherCalls } from "@herald/platform/redis/gather-calls";
import type { Keys } from "@herald/platform/redis/keys";
import type { EndpointLimits, Turn } from "./endpoint-standing.ts";
import { enterEndpoints, type NotYet } from "./enter-endpoint.ts";
import { leaveEndpoints, type Departure, type Impression, type Leaving } from "./leave-endpoint.ts";
import { waitForEndpoint } from "./wait-for-endpoint.ts";
import { recordOf, type AttemptOutcome } from "../deliveries/attempt-outcome.ts";
import { DELIVERY_FIELDS, parseDeliveryRecord, type Delivery } from "../deliveries/delivery-record.ts";
import { parseEndpointRecord, type Endpoint, type HeaderSealer } from "../endpoints/endpoint-record.ts";

export type { EndpointLimits, Turn } from "./endpoint-standing.ts";
export type { WaitReason } from "./enter-endpoint.ts";
export type { Departure, Impression } from "./leave-endpoint.ts";

export type Entry = Admitted | NotYet;

/** May go, and this is what goes and where to: one round trip lies between a delivery's being taken and its being sent. */
export interface Admitted {
  readonly kind: "go";
  /** Null: there is no such delivery any more. */
  readonly delivery: Delivery | null;
  /** Null for a URL that came with a job, and when the endpoint was deleted. */
  readonly endpoint: Endpoint | null;
}

/**
 * Who may go to an endpoint now, over all workers: so many at once, so many a second, none while its breaker is open or it
 * asked to be left alone. docs/webhooks-operations.md explains the rules.
 */
export interface EndpointGate {
  enter(turn: Turn): Promise<Entry>;
  /** For one that was refused and is delayed by now: has it woken when it may go. */
  wait(turn: Turn): Promise<void>;
  /** Records what the attempt came to, if there was one, and wakes who may go now, in the same step. Safe to repeat. */
  leave(turn: Turn, impression: Impression, outcome?: AttemptOutcome): Promise<Departure>;
}

export interface EndpointGateDeps {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly limits: EndpointLimits;
  /** Endpoints' headers are kept sealed. */
  readonly sealer: HeaderSealer;
  readonly now: () => number;
}

export function createEndpointGate({ redis, keys, limits, sealer, now }: EndpointGateDeps): EndpointGate {
  const askToEnter = gatherCalls((turns: readonly Turn[]) =>
    enterEndpoints(redis, keys, { turns, limits, now: now(), fields: DELIVERY_FIELDS }),
  );
  const sayLeft = gatherCalls((leaving: readonly Leaving[]) =>
    leaveEndpoints(redis, keys, { leaving, limits, now: now() }),
  );
  return {
    async enter(turn) {
      const entry = await askToEnter(turn);
      if (entry.kind !== "go") return entry;
      const { delivery, endpoint } = entry;
      return {
        kind: "go",
        delivery: parseDeliveryRecord(delivery),
        endpoint: parseEndpointRecord(endpoint, sealer),
      };
    },
    wait: (turn) => waitForEndpoint(redis, keys, { turn, limits, now: now() }),
    leave(turn, impression, outcome) {
      const record = outcome === undefined ? null : recordOf(outcome);
      return sayLeft({ turn, impression, record });
    },
  };
}
