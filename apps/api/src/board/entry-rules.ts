import { isJobId } from "@herald/shared/jobs/ids";
import { isTerminal } from "@herald/shared/jobs/status";
import { isDeliveryId } from "@herald/shared/webhooks/webhook-ids";
import { queueNames, type QueueName } from "@herald/queue/queues/entries";
import type { FoundEntry } from "@herald/queue/queues/operated-queue";
import type { DeliveryRef, JobRef } from "@herald/platform/redis/keys";
import type { JobStore } from "@herald/jobs/record/job-store";
import { isOwnWebhook, type Delivery } from "@herald/webhooks/deliveries/delivery-record";
import type { DeliveryStore } from "@herald/webhooks/deliveries/delivery-store";

/** Why something is not done, as a sentence for the operator. */
export interface Objection {
  readonly because: string;
}

export interface EntryRulesDeps {
  readonly jobs: Pick<JobStore, "find">;
  readonly deliveries: Pick<DeliveryStore, "find" | "reopen">;
  readonly now: () => Date;
}

/** What an entry's record says about it. Null: nothing stands in the way. */
export interface EntryRules {
  /** Brings the record to where the entry may wait again; to be followed by the entry's own retry. Safe to repeat. */
  prepareRetry(entry: FoundEntry): Promise<Objection | null>;
  mayRemove(entry: FoundEntry): Promise<Objection | null>;
}

const EXPIRED = { because: "its record has expired" };
const NOT_FAILED = { because: "only a failed entry can be retried" };
const ENDED_ONCE = { because: "its job has ended, and a job ends once: submit the text again as a new job" };
const ARRIVED = { because: "the webhook was delivered" };
const CHANGED = { because: "the webhook has changed just now: look again" };
const PARKED = { because: "its endpoint is disabled, and it waits for that to end" };
const JOB_OPEN = { because: "its job has not ended: cancel it with DELETE /v1/jobs/{job_id}" };
const WEBHOOK_OWED = { because: "its webhook is still owed" };
const SCHEDULED = { because: "the schedule of this task hangs on it" };

/** The record is the truth about a job: the board changes an entry only as far as its record allows. */
export function createEntryRules(deps: EntryRulesDeps): Readonly<Record<QueueName, EntryRules>> {
  return {
    [queueNames.synthesis]: synthesisRules(deps),
    [queueNames.webhookDelivery]: deliveryRules(deps),
    [queueNames.housekeeping]: HOUSEKEEPING_RULES,
  };
}

function synthesisRules({ jobs }: EntryRulesDeps): EntryRules {
  const find = async (entry: FoundEntry) => {
    const ref = refOf(entry);
    return ref === null ? null : jobs.find(ref);
  };
  return {
    /**
     * A job that failed stays so: `job.failed` may have been sent, and its text is deleted. What is left are entries that
     * BullMQ gave up and whose jobs the housekeeper has not judged yet.
     */
    async prepareRetry(entry) {
      const job = await find(entry);
      if (job === null) return EXPIRED;
      if (isTerminal(job.status)) return ENDED_ONCE;
      return entry.state === "failed" ? null : NOT_FAILED;
    },
    async mayRemove(entry) {
      const job = await find(entry);
      return job === null || isTerminal(job.status) ? null : JOB_OPEN;
    },
  };
}

function deliveryRules({ jobs, deliveries, now }: EntryRulesDeps): EntryRules {
  const find = async (entry: FoundEntry) => {
    const ref = deliveryRefOf(entry);
    return ref === null ? null : deliveries.find(ref);
  };
  const reopen = async (delivery: Delivery): Promise<Objection | null> => {
    const job = isOwnWebhook(delivery) ? await jobs.find(delivery) : null;
    if (job === null && isOwnWebhook(delivery)) return EXPIRED;
    return (await deliveries.reopen(delivery, job?.webhook ?? null, now())) === "applied" ? null : CHANGED;
  };
  return {
    async prepareRetry(entry) {
      if (entry.state !== "failed") return NOT_FAILED;
      const delivery = await find(entry);
      if (delivery === null) return EXPIRED;
      switch (delivery.status) {
        case "delivered":
          return ARRIVED;
        case "pending": // Reopened before, by a retry that came no further.
          return null;
        case "parked":
          return PARKED;
        case "failed":
          return reopen(delivery);
      }
    },
    async mayRemove(entry) {
      const delivery = await find(entry);
      return delivery?.status === "pending" ? WEBHOOK_OWED : null;
    },
  };
}

const HOUSEKEEPING_RULES: EntryRules = {
  prepareRetry: ({ state }) => Promise.resolve(state === "failed" ? null : NOT_FAILED),
  mayRemove: ({ state }) => Promise.resolve(state === "failed" || state === "completed" ? null : SCHEDULED),
};

function refOf({ data }: FoundEntry): JobRef | null {
  const { tenant, jobId } = (data ?? {}) as Partial<Record<keyof JobRef, unknown>>;
  return typeof tenant === "string" && typeof jobId === "string" && isJobId(jobId) ? { tenant, jobId } : null;
}

function deliveryRefOf({ data }: FoundEntry): DeliveryRef | null {
  const { tenant, deliveryId } = (data ?? {}) as Partial<Record<keyof DeliveryRef, unknown>>;
  return typeof tenant === "string" && typeof deliveryId === "string" && isDeliveryId(deliveryId)
    ? { tenant, deliveryId }
    : null;
}
