import { queueNames } from "@herald/queue/queues/entries";
import type { ReceivedRequest } from "../support/receiver.ts";
import { verifyEvent } from "../support/webhooks.ts";
import { poll } from "../../apps/standalone/src/machine/poll.ts";
import { checkAudio } from "./check-audio.ts";
import type { Endpoint } from "./endpoint.ts";
import { findOrphans } from "./find-orphans.ts";
import { judge } from "./judge.ts";
import { RECONCILE_MS, type Cluster } from "./cluster.ts";
import type { Accepted } from "./load.ts";
import { findSlowRecovery, measureRecovery } from "./recovery.ts";
import type { Story, Telling } from "./story.ts";
import type { Fault } from "./strikes.ts";
import { mapAll } from "./map-all.ts";

export interface AuditedRun {
  readonly cluster: Cluster;
  readonly fault: Fault;
  readonly endpoint: Endpoint;
  readonly accepted: readonly Accepted[];
  readonly struckAt: readonly number[];
  readonly received: readonly ReceivedRequest[];
}

export interface Findings {
  readonly jobs: number;
  /** Accepted, and then without an end or without word of it. */
  readonly lost: number;
  /** Jobs that showed two different results. */
  readonly duplicates: number;
  /** Deliveries beyond the first of an event, all under its one id. */
  readonly sentAgain: number;
  readonly failed: number;
  readonly recoveriesMs: readonly number[];
  /** Every promise that does not hold, in words. */
  readonly broken: readonly string[];
}

/** For so long nothing ends any more: what is open then is stuck. */
const STUCK_AFTER_MS = 90_000;
/** What is younger is left to its writer; then two looks. */
const TIDY_LIMIT_MS = 10_000 + 2 * RECONCILE_MS + 5_000;

export async function audit(run: AuditedRun): Promise<Findings> {
  const { cluster, accepted, struckAt, fault } = run;
  await cluster.ready();
  await untilSettled(cluster);
  const stories = await readStories(run);
  const verdicts = stories.map((story) => judge(story, fault));
  const broken = verdicts.flatMap(({ faults }) => faults);
  broken.push(...(await checkAudio(stories)));
  broken.push(...(await untilTidy(cluster)));
  const recoveriesMs = measureRecovery(stories, { cluster, struckAt, fault });
  broken.push(...findSlowRecovery(recoveriesMs, fault));
  return {
    jobs: accepted.length,
    lost: verdicts.filter(({ lost }) => lost).length,
    duplicates: verdicts.filter(({ duplicate }) => duplicate).length,
    sentAgain: stories.reduce(
      (sum, { told, toldEndpoint }) => sum + beyondFirst(told) + beyondFirst(toldEndpoint),
      0,
    ),
    failed: stories.filter(({ job }) => job.status === "failed").length,
    recoveriesMs,
    broken,
  };
}

/** However many there are: as long as fewer are open than before, the others may only be waiting. */
async function untilSettled(cluster: Cluster): Promise<void> {
  let fewest = await countOpen(cluster);
  while (fewest > 0) {
    const hasEnded = async () => (await countOpen(cluster)) < fewest;
    if (!(await poll(hasEnded, { timeoutMs: STUCK_AFTER_MS, everyMs: 100 }))) return;
    fewest = await countOpen(cluster);
  }
}

function beyondFirst(tellings: readonly Telling[]): number {
  return Math.max(0, tellings.length - 1);
}

/** Jobs and webhooks that have not ended. */
export async function countOpen({ auditor, keys }: Cluster): Promise<number> {
  return (await auditor.zcard(keys.openJobs)) + (await auditor.zcard(keys.openDeliveries));
}

async function readStories({ cluster, endpoint, accepted, received }: AuditedRun): Promise<readonly Story[]> {
  const isEndpoints = ({ path }: ReceivedRequest): boolean => path === endpoint.path;
  const toldEndpoint = tellingsByJob(received.filter(isEndpoints), endpoint.secret);
  const told = tellingsByJob(
    received.filter((request) => !isEndpoints(request)),
    cluster.webhookSecret,
  );
  return mapAll(accepted, async (one) => ({
    accepted: one,
    job: await cluster.client.job(one.jobId),
    told: told.get(one.jobId) ?? [],
    toldEndpoint: toldEndpoint.get(one.jobId) ?? [],
    losses: await countLosses(cluster, one.jobId),
  }));
}

/** The rescue counts those of dead workers, and BullMQ, in the entry, those of workers that it could not tell from dead ones. */
async function countLosses({ auditor, keys }: Cluster, jobId: string): Promise<number> {
  const queue = queueNames.synthesis;
  const counts = [
    await auditor.hget(keys.losses(queue), jobId),
    await auditor.hget(keys.queueEntry(queue, jobId), "stc"),
  ];
  return counts.reduce((sum, count) => sum + Number(count ?? 0), 0);
}

function tellingsByJob(
  received: readonly ReceivedRequest[],
  secret: string,
): ReadonlyMap<string, readonly Telling[]> {
  const tellings = new Map<string, Telling[]>();
  for (const request of received) {
    const { id, job } = verifyEvent(request, secret);
    const telling = { id, at: request.receivedAt, body: request.body.toString() };
    tellings.set(job.job_id, [...(tellings.get(job.job_id) ?? []), telling]);
  }
  return tellings;
}

/** What stays behind for longer than the housekeeper has to look twice. */
async function untilTidy(cluster: Cluster): Promise<readonly string[]> {
  let left: readonly string[] = [];
  const isTidy = async (): Promise<boolean> => (left = await findOrphans(cluster)).length === 0;
  await poll(isTidy, { timeoutMs: TIDY_LIMIT_MS, everyMs: 500 });
  return left;
}
