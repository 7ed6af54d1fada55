import { jobStatuses } from "@herald/shared/jobs/status";
import { eventIdOf } from "@herald/shared/webhooks/webhook-ids";
import type { JobView } from "../support/client.ts";
import type { Story } from "./story.ts";
import type { Fault } from "./strikes.ts";

export interface Judgement {
  readonly lost: boolean;
  readonly duplicate: boolean;
  readonly faults: readonly string[];
}

/** After so many a job is not tried again: it may be what takes its workers down. */
const MAX_LOSSES = 3;

/** Whether every promise about one job holds; each that does not, in words. */
export function judge(story: Story, fault: Pick<Fault, "fillsDisk">): Judgement {
  const { accepted, job, told, toldEndpoint } = story;
  const ended = job.status !== "pending" && job.status !== "processing" && jobStatuses.includes(job.status);
  const lost = !ended || told.length === 0 || toldEndpoint.length === 0;
  const everybody = [...told, ...toldEndpoint];
  const duplicate = new Set(everybody.map(({ id, body }) => `${id} ${body}`)).size > 1;
  const type = (JSON.parse(told[0]?.body ?? "{}") as { type?: string }).type;
  const faults = [
    [!ended, `is ${job.status}`],
    [told.length === 0, "was told to nobody"],
    [toldEndpoint.length === 0, "was not told to the endpoint"],
    [duplicate, "was told of in two ways"],
    [everybody.some(({ id }) => id !== eventIdOf(accepted.jobId)), "was told of under a wrong id"],
    [told.length > 0 && type !== `job.${job.status}`, `is ${job.status}, and ${type ?? ""} was told`],
    [accepted.cancelled && job.status !== "cancelled", `was cancelled, and is ${job.status}`],
    [
      job.status === "failed" && !isExcused(story, fault),
      `failed: ${failureOf(job)}, lost ${story.losses} times`,
    ],
    [job.webhook.status !== "delivered", `says that its webhook is ${job.webhook.status}`],
  ] as const;
  const found = faults.filter(([holds]) => holds).map(([, what]) => `job ${accepted.jobId} ${what}`);
  return { lost, duplicate, faults: found };
}

/** The only failures that are as promised: the disk was full, or the job was under too many workers that were lost. */
function isExcused({ job, losses }: Story, { fillsDisk = false }: Pick<Fault, "fillsDisk">): boolean {
  switch (failureOf(job)) {
    case "storage_unavailable":
      return fillsDisk;
    case "worker_lost":
      return losses >= MAX_LOSSES;
    default:
      return false;
  }
}

function failureOf({ error }: JobView): string {
  return error?.code ?? "";
}
