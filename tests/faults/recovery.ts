import { eventIdOf } from "@herald/shared/webhooks/webhook-ids";
import { queueNames } from "@herald/queue/queues/entries";
import type { Story } from "./story.ts";
import type { Cluster } from "./cluster.ts";
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
export function measureRecovery(stories: readonly Story[], struck: Struck): readonly number[] {
  const { struckAt, fault } = struck;
  const everything = fault.hits === "everything";
  const works = stories.flatMap((story) => worksOf(story, struck.cluster));
  return works.flatMap(({ from, againAt, to }) => {
    const end = everything ? to : againAt;
    const strike = end === null ? undefined : struckAt.findLast((at) => from < at && at < end);
    return strike === undefined || end === null ? [] : [end - strike];
  });
}

function worksOf(story: Story, { starts }: Cluster): readonly Work[] {
  const { accepted, job, told } = story;
  const finishedAt = Date.parse(job.finished_at ?? "");
  const spoken = lastOfSeveral(starts.of(queueNames.synthesis, job.job_id));
  const sent = lastOfSeveral(starts.of(queueNames.webhookDelivery, eventIdOf(job.job_id)));
  const { sentAt, acceptedAt, tries } = accepted;
  return [
    { from: sentAt, againAt: tries > 1 ? acceptedAt : null, to: acceptedAt },
    { from: Date.parse(job.started_at ?? ""), againAt: spoken, to: finishedAt },
    { from: finishedAt, againAt: sent, to: told[0]?.at ?? finishedAt },
  ];
}

/** Null for what was begun only once. */
function lastOfSeveral(starts: readonly number[]): number | null {
  return starts.length > 1 ? Math.max(...starts) : null;
}

/** In words, when the fault's bound was missed. */
export function findSlowRecovery(
  recoveriesMs: readonly number[],
  { recoversWithinMs }: Pick<Fault, "recoversWithinMs">,
): readonly string[] {
  const p99 = quantile(recoveriesMs, 0.99);
  return p99 === null || p99 <= recoversWithinMs
    ? []
    : [`recovery took ${p99} ms, and ${recoversWithinMs} ms are promised`];
}

/** Null of nothing. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}
