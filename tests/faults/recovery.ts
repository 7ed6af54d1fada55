import { eventIdOf } from "@herald/shared/job";
import { queueNames, type QueueName } from "@herald/shared/queues";
import type { Story } from "./story.ts";
import type { Cluster } from "./cluster.ts";
import { mapAll } from "./map-all.ts";
import type { Fault } from "./strikes.ts";

interface Struck {
  readonly cluster: Cluster;
  readonly fault: Fault;
  readonly struckAt: readonly number[];
}

/** Something under way: a submission, a job that is spoken, a webhook. */
interface Work {
  readonly from: number;
  /** When it was begun once more; null when it was begun only once. */
  readonly againAt: number | null;
  readonly to: number;
}

/** From each strike until what it caught under way was at work again, or done where everything had to wait. */
export async function measureRecovery(stories: readonly Story[], struck: Struck): Promise<readonly number[]> {
  const { struckAt, fault } = struck;
  const everything = fault.hits === "everything";
  const works = (await mapAll(stories, (story) => worksOf(story, struck.cluster))).flat();
  return works.flatMap(({ from, againAt, to }) => {
    const end = everything ? to : againAt;
    const strike = end === null ? undefined : struckAt.findLast((at) => from < at && at < end);
    return strike === undefined || end === null ? [] : [end - strike];
  });
}

async function worksOf(story: Story, cluster: Cluster): Promise<readonly Work[]> {
  const { accepted, job, told } = story;
  const finishedAt = Date.parse(job.finished_at ?? "");
  const spoken = await lastStart(cluster, queueNames.synthesis, job.job_id);
  const sent = await lastStart(cluster, queueNames.webhookDelivery, eventIdOf(job.job_id));
  const { sentAt, acceptedAt, tries } = accepted;
  return [
    { from: sentAt, againAt: tries > 1 ? acceptedAt : null, to: acceptedAt },
    { from: Date.parse(job.started_at ?? ""), againAt: spoken, to: finishedAt },
    { from: finishedAt, againAt: sent, to: told[0]?.at ?? finishedAt },
  ];
}

/** When a queue entry was last started; null when that was only once. "ats" counts starts, in BullMQ's names. */
async function lastStart({ auditor, keys }: Cluster, queue: QueueName, id: string): Promise<number | null> {
  const [starts, at] = await auditor.hmget(keys.queueEntry(queue, id), "ats", "processedOn");
  return Number(starts ?? 0) > 1 ? Number(at) : null;
}
