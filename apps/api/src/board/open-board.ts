import { stopAll } from "@herald/platform/lifecycle/stop-all";
import type { Stoppable } from "@herald/shared/stoppable";
import type { QueueName } from "@herald/queue/queues/entries";
import { openOperatedQueue } from "@herald/queue/queues/operated-queue";
import type { Keys } from "@herald/platform/redis/keys";
import type { Router } from "express";
import type { Redis } from "ioredis";
import { createBoard, type BoardDeps } from "./create-board.ts";
import { createSignInLimits } from "../session/sign-in-limits.ts";

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
