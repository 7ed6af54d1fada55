import { stopAll, type Stoppable } from "@herald/shared/lifecycle";
import { openOperatedQueue, type QueueName } from "@herald/shared/queues";
import type { Keys } from "@herald/shared/redis";
import type { Router } from "express";
import type { Redis } from "ioredis";
import { createBoard, type BoardDeps } from "./create-board.ts";
import { createSignInLimits } from "./sign-in-limits.ts";

export interface OpenBoardOptions extends Omit<BoardDeps, "queues" | "limitSignIn"> {
  readonly redis: Redis;
  readonly keys: Keys;
}

/** The board with queues of its own on the API's connection. Waits for nothing. */
export function openBoard(options: OpenBoardOptions): Stoppable & { readonly router: Router } {
  const { redis, keys } = options;
  const open = (name: QueueName) => openOperatedQueue({ redis, prefix: keys.queuePrefix, name });
  const queues = {
    synthesis: open("synthesis"),
    "webhook-delivery": open("webhook-delivery"),
    housekeeping: open("housekeeping"),
  };
  const limitSignIn = createSignInLimits({ redis, keyPrefix: keys.signInAttempts });
  return {
    router: createBoard({ ...options, queues, limitSignIn }),
    stop: () => stopAll(Object.values(queues)),
  };
}
