import type { Redis } from "ioredis";
import { queueNames, type DeliveryEntry } from "@herald/queue/queues/entries";
import type { Keys } from "@herald/platform/redis/keys";
import { createWorkList, jobMembers, type ListedJob } from "@herald/platform/redis/work-list";

// As many jobs as this may be at work, each older than every job that waits, before the answer turns from exact into "at
// most": that is more than a deployment of one Redis has engines.
const PAGE = 20;
const PAGES = 50;

/**
 * Since when the job that waits longest has waited; null when none does. Waiting means that no worker has it: it was never
 * taken, or its attempt failed or was lost and the next has not begun. A job that was never taken waits since its
 * creation. One that was counts since its first attempt began, so its wait is told too long by what that attempt took,
 * and never too short.
 *
 * BullMQ sorts what waits by priority, so that its queue does not know the oldest. The list of open jobs is sorted by
 * creation: only the jobs at work, of which there are few, stand in it before the first that was never taken.
 */
export async function oldestWaitingJob(redis: Redis, keys: Keys): Promise<Date | null> {
  const openJobs = createWorkList(redis, keys.openJobs, jobMembers);
  let oldest: Date | null = null;
  for (let page = 0; page < PAGES; page++) {
    const jobs = await openJobs.page(page * PAGE, PAGE);
    for (const { at, hold } of await lookUp(redis, keys, jobs)) {
      if (oldest !== null && oldest <= at) return oldest;
      if (hold.kind === "never_taken") return at;
      if (hold.kind === "let_go") oldest = earlier(oldest, hold.since);
    }
    if (jobs.length < PAGE) return oldest;
    if (page === PAGES - 1) return oldest ?? jobs.at(-1)?.at ?? null;
  }
  return oldest;
}

type Hold =
  | { readonly kind: "never_taken" }
  | { readonly kind: "let_go"; readonly since: Date }
  | { readonly kind: "held" };

interface Standing {
  readonly at: Date;
  readonly hold: Hold;
}

const FINISHED = new Set<string | null>(["completed", "failed", "cancelled", null]);

/** In one round trip. */
async function lookUp(redis: Redis, keys: Keys, jobs: readonly ListedJob[]): Promise<readonly Standing[]> {
  return Promise.all(
    jobs.map(async ({ ref: { tenant, jobId }, at }) => {
      const [[status = null, startedAt], locks] = await Promise.all([
        redis.hmget(keys.job(tenant, jobId), "status", "started_at"),
        redis.exists(keys.entryLock(queueNames.synthesis, jobId)),
      ]);
      if (locks === 1 || FINISHED.has(status)) return { at, hold: { kind: "held" } };
      if (startedAt == null) return { at, hold: { kind: "never_taken" } };
      return { at, hold: { kind: "let_go", since: new Date(Number(startedAt)) } };
    }),
  );
}

function earlier(one: Date | null, other: Date): Date {
  return one !== null && one < other ? one : other;
}

/**
 * Since when the delivery that is next in line could have been sent: its event, or the end of the wait before its
 * retry. Null when none waits. Deliveries have no priorities, so the next in line is the one that waits longest.
 */
export async function oldestWaitingDelivery(redis: Redis, keys: Keys): Promise<Date | null> {
  const queue = queueNames.webhookDelivery;
  const id = await redis.lindex(keys.queuePart(queue, "wait"), -1);
  const data = id === null ? null : await redis.hget(keys.queueEntry(queue, id), "data");
  if (data === null) return null;
  const { tenant, deliveryId } = JSON.parse(data) as DeliveryEntry;
  const dates = ["next_attempt_at", "due_since", "created_at"];
  const known = await redis.hmget(keys.delivery(tenant, deliveryId), ...dates);
  const due = known.find((date) => date !== null && date !== "");
  return due == null ? null : new Date(Number(due));
}
