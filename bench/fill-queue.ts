import { randomUUID } from "node:crypto";
import { createSynthesisQueue } from "@herald/queue/queues/queues";
import { connectPatiently } from "@herald/platform/redis/connect";
import { createKeys } from "@herald/platform/redis/keys";
import { createJob } from "@herald/jobs/admission/create-job";
import { OPEN_DOORS, requestOf } from "../tests/support/test-store.ts";

export interface Filling {
  readonly redisUrl: string;
  readonly jobs: number;
  readonly tenants: number;
  readonly text: string;
}

const IN_FLIGHT = 500;

/** By the code that the API runs, without its HTTP. */
export async function fillQueue({ redisUrl, jobs, tenants, text }: Filling): Promise<void> {
  const redis = connectPatiently(redisUrl, () => undefined);
  const keys = createKeys("herald");
  const queue = createSynthesisQueue({ redis, prefix: keys.queuePrefix, attempts: 3 });
  const request = requestOf({ textChars: text.length, webhookUrl: null });
  let next = 0;
  const create = async (): Promise<void> => {
    for (let i = next++; i < jobs; i = next++) {
      await createJob(
        { ...OPEN_DOORS, redis, keys, queue, idempotencyTtlMs: 60_000 },
        {
          tenant: `tenant-${i % tenants}`,
          keyId: "key_1",
          keyHash: null,
          limits: {},
          request: { ...request, requestId: randomUUID() },
          text,
          idempotencyKey: null,
          now: new Date(),
        },
      );
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, create));
  await queue.stop();
  await redis.quit();
}
