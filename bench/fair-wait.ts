import { setTimeout as sleep } from "node:timers/promises";
import { queueNames, type JobEntry } from "@herald/queue/queues/entries";
import { createSynthesisQueue } from "@herald/queue/queues/queues";
import { connectPatiently } from "@herald/platform/redis/connect";
import { createKeys } from "@herald/platform/redis/keys";
import { createJob } from "@herald/jobs/admission/create-job";
import { OPEN_DOORS, requestOf } from "../tests/support/test-store.ts";
import { startTestWorker } from "../tests/support/test-worker.ts";

const SLOTS = 4;
/**
 * How long a slot is taken by one job: 10 ms on average. Were all jobs equally long, the slots would become free together, as
 * those of no deployment do.
 */
const jobMs = (): number => 5 + 10 * Math.random();
/** The quiet tenant submits a tenth of what the slots can take. */
const EVERY_MS = 25;
const JOBS = 400;

/** What another tenant does meanwhile: nothing; as much as the slots can take, without a line; or it has a long line. */
export type Neighbour = "none" | "busy" | "waiting";

const NEIGHBOURS_JOBS: Readonly<Record<Neighbour, number>> = { none: 0, busy: SLOTS, waiting: 10_000 };

/**
 * Milliseconds from a quiet tenant's submission to the start of its attempt, the 95th percentile. With Herald's store and
 * worker, and jobs that only take their time.
 */
export async function fairWaitP95(redisUrl: string, neighbour: Neighbour): Promise<number> {
  const redis = connectPatiently(redisUrl, () => undefined);
  const keys = createKeys(`fair-${neighbour}`);
  const queue = createSynthesisQueue({ redis, prefix: keys.queuePrefix, attempts: 3 });
  const submittedAt = new Map<string, number>();
  const waits: number[] = [];
  const submit = async (tenant: string): Promise<void> => {
    const at = performance.now();
    const { job } = await createJob(
      { ...OPEN_DOORS, redis, keys, queue, idempotencyTtlMs: 60_000 },
      {
        tenant,
        keyId: "key_1",
        keyHash: null,
        limits: {},
        request: requestOf({ textChars: 200 }),
        text: "x",
        idempotencyKey: null,
        now: new Date(),
      },
    );
    if (tenant === "quiet") submittedAt.set(job.id, at);
  };
  for (let left = NEIGHBOURS_JOBS[neighbour]; left > 0; left -= 100) {
    await Promise.all(Array.from({ length: Math.min(left, 100) }, () => submit("loud")));
  }
  let isOver = false;
  const worker = startTestWorker<JobEntry>({
    queue: queueNames.synthesis,
    keys,
    redis,
    concurrency: SLOTS,
    async process({ entry: { tenant, jobId } }) {
      const startedAt = performance.now();
      await sleep(jobMs());
      if (tenant === "quiet") waits.push(startedAt - (submittedAt.get(jobId) ?? startedAt));
      else if (neighbour === "busy" && !isOver) await submit("loud");
      return { kind: "done" };
    },
  });
  await sleep(500);
  for (let i = 0; i < JOBS; i++) {
    await Promise.all([submit("quiet"), sleep(EVERY_MS)]);
  }
  while (waits.length < JOBS) await sleep(EVERY_MS);
  isOver = true;
  await worker.stop();
  await queue.stop();
  await redis.unlink(await redis.keys(`${keys.queuePrefix}:*`));
  await redis.quit();
  return waits.sort((a, b) => a - b)[Math.floor(JOBS * 0.95)] ?? 0;
}
