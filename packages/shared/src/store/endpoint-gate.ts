import type { Redis } from "ioredis";
import type { Keys } from "../redis/keys.ts";
import type { EndpointLimits, Turn } from "../redis/scripts/endpoint-standing.ts";
import { enterEndpoint, type Entry } from "../redis/scripts/enter-endpoint.ts";
import { leaveEndpoint, type Departure, type Impression } from "../redis/scripts/leave-endpoint.ts";
import { waitForEndpoint } from "../redis/scripts/wait-for-endpoint.ts";

export type { EndpointLimits, Turn } from "../redis/scripts/endpoint-standing.ts";
export type { Entry, WaitReason } from "../redis/scripts/enter-endpoint.ts";
export type { Impression } from "../redis/scripts/leave-endpoint.ts";

/**
 * Who may go to an endpoint now, over all workers: so many at once, so many a second, none while its breaker is open or it
 * asked to be left alone. docs/webhooks-operations.md explains the rules.
 */
export interface EndpointGate {
  enter(turn: Turn): Promise<Entry>;
  /** For one that was refused and is delayed by now. Answers when it is to wake; null: when it is told. */
  wait(turn: Turn): Promise<number | null>;
  /** Safe to repeat, except that the attempt counts once more. */
  leave(turn: Turn, impression: Impression): Promise<Departure>;
}

/** A breaker that nobody has tried to close for as long is of an endpoint that nothing is sent to. */
export const BREAKER_FORGOTTEN_MS = 3_600_000;

export interface EndpointGateDeps {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly limits: EndpointLimits;
  readonly now: () => number;
}

export function createEndpointGate({ redis, keys, limits, now }: EndpointGateDeps): EndpointGate {
  return {
    enter: (turn) => enterEndpoint(redis, keys, { turn, limits, now: now() }),
    wait: (turn) => waitForEndpoint(redis, keys, { turn, limits, now: now() }),
    leave: (turn, impression) => leaveEndpoint(redis, keys, { turn, limits, now: now(), impression }),
  };
}
