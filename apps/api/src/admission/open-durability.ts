import type { Stoppable } from "@herald/shared/stoppable";
import { createDurability, undurableRedisFound } from "./durability.ts";
import type { Keys } from "@herald/platform/redis/keys";
import type { Redis } from "ioredis";
import type { CreateJob } from "../metrics/create-metrics.ts";

export interface OpenDurability {
  readonly redis: Redis;
  readonly keys: Keys;
  /** DURABLE_ACCEPT */
  readonly wanted: boolean;
}

export interface OpenedDurability {
  /** `create`, but it resolves once the job is on disk; also for a job that an earlier request made, which may have got a 503. */
  readonly durably: (create: CreateJob) => CreateJob;
  readonly parts: readonly Stoppable[];
  /** Settles when Redis turns out not to offer it. */
  readonly failed: Promise<Error>;
}

export function openDurability({ redis, keys, wanted }: OpenDurability): OpenedDurability {
  if (!wanted) return { durably: (create) => create, parts: [], failed: new Promise(() => undefined) };
  const durability = createDurability({ redis, mark: keys.durabilityMark });
  return {
    durably: (create) => async (submission) => {
      const created = await create(submission);
      await durability.confirm(keys.job(created.job.tenant, created.job.id));
      return created;
    },
    parts: [durability],
    failed: undurableRedisFound(redis),
  };
}
