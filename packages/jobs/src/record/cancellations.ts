import type { Redis } from "ioredis";
import type { Stoppable } from "@herald/shared/stoppable";
import { memberOf, parseMember, type JobRef, type Keys } from "@herald/platform/redis/keys";

/** Tells all workers that a job they may be at was cancelled. Nobody answers, and whoever is cut off now does not hear it. */
export async function announceCancellation(redis: Redis, keys: Keys, ref: JobRef): Promise<void> {
  await redis.publish(keys.cancellations, memberOf(ref));
}

export interface CancellationListener {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly onCancelled: (ref: JobRef) => void;
  readonly onError: (error: Error) => void;
}

/** On a connection of its own, because a subscribed one can do nothing else. It subscribes anew after each reconnection. */
export function listenForCancellations(options: CancellationListener): Stoppable {
  const { redis, keys, onCancelled, onError } = options;
  const subscriber = redis.duplicate();
  subscriber.on("error", onError);
  subscriber.on("message", (_channel, member) => {
    onCancelled(parseMember(member));
  });
  subscriber.subscribe(keys.cancellations).catch(onError);
  return {
    stop() {
      subscriber.disconnect();
      return Promise.resolve();
    },
  };
}
