import type { Redis } from "ioredis";
import { gatherCalls } from "@herald/platform/redis/gather-calls";
import type { Keys } from "@herald/platform/redis/keys";
import type { EndpointLimits, PermitRef } from "./endpoint-state.ts";
import { acquirePermits, type NotYet } from "./acquire-permits.ts";
import { releasePermits, type Released, type Observation, type PermitRelease } from "./release-permits.ts";
import { waitForPermit } from "./wait-for-permit.ts";
import { recordOf, type AttemptOutcome } from "../deliveries/attempt-outcome.ts";
import { DELIVERY_FIELDS, parseDeliveryRecord, type Delivery } from "../deliveries/delivery-record.ts";
import { parseEndpointRecord, type Endpoint, type HeaderSealer } from "../endpoints/endpoint-record.ts";

export type { EndpointLimits, PermitRef } from "./endpoint-state.ts";
export type { WaitReason } from "./acquire-permits.ts";
export type { Released, Observation } from "./release-permits.ts";

export type PermitAnswer = GrantedPermit | NotYet;

/** May go, and this is what goes and where to: one round trip lies between a delivery's being taken and its being sent. */
export interface GrantedPermit {
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
export interface EndpointLimiter {
  acquire(permit: PermitRef): Promise<PermitAnswer>;
  /** For one that was refused and is delayed by now: has it woken when it may go. */
  wait(permit: PermitRef): Promise<void>;
  /** Records what the attempt came to, if there was one, and wakes who may go now, in the same step. Safe to repeat. */
  release(permit: PermitRef, observation: Observation, outcome?: AttemptOutcome): Promise<Released>;
}

export interface EndpointLimiterDeps {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly limits: EndpointLimits;
  /** Endpoints' headers are kept sealed. */
  readonly sealer: HeaderSealer;
  readonly now: () => number;
}

export function createEndpointLimiter({
  redis,
  keys,
  limits,
  sealer,
  now,
}: EndpointLimiterDeps): EndpointLimiter {
  const askForPermits = gatherCalls((permits: readonly PermitRef[]) =>
    acquirePermits(redis, keys, { permits, limits, now: now(), fields: DELIVERY_FIELDS }),
  );
  const giveBack = gatherCalls((releases: readonly PermitRelease[]) =>
    releasePermits(redis, keys, { releases, limits, now: now() }),
  );
  return {
    async acquire(permit) {
      const answer = await askForPermits(permit);
      if (answer.kind !== "go") return answer;
      const { delivery, endpoint } = answer;
      return {
        kind: "go",
        delivery: parseDeliveryRecord(delivery),
        endpoint: parseEndpointRecord(endpoint, sealer),
      };
    },
    wait: (permit) => waitForPermit(redis, keys, { permit, limits, now: now() }),
    release(permit, observation, outcome) {
      const record = outcome === undefined ? null : recordOf(outcome);
      return giveBack({ permit, observation, record });
    },
  };
}
