import type { JobStatus } from "@herald/shared/jobs/status";
import type { EntryState } from "@herald/queue/queues/work-queue";
import type { Delivery } from "@herald/webhooks/deliveries/delivery-record";

/** What is wrong with a job on the list of open ones, in the word that its metric carries. */
export type JobRepair =
  /** The record waits for an entry that was lost, or that ended without the record's knowing. */
  | "entry_restored"
  /** BullMQ gave the entry up: it took its worker down too often. */
  | "worker_lost"
  /** Its attempts were used up, time after time, and none of them came to write down why. */
  | "job_failed"
  /** The job ended, or is gone, and only the list does not know. */
  | "listing_dropped";

export interface JobFacts {
  readonly status: JobStatus | null;
  readonly entry: EntryState;
  /** How often it was claimed. */
  readonly attempts: number;
}

/** An entry that fails without an outcome is restored with new attempts, until the job was claimed as often. */
const MANY_ATTEMPTS = 10;

/** A record that is not terminal has exactly one open entry. Null: nothing is wrong. */
export function decideJobRepair({ status, entry, attempts }: JobFacts): JobRepair | null {
  switch (status) {
    case null:
    case "completed":
    case "failed":
    case "cancelled":
      return "listing_dropped";
    case "pending":
    case "processing":
      return entry === "failed" && attempts >= MANY_ATTEMPTS ? "job_failed" : ENTRY_REPAIR[entry];
  }
}

const ENTRY_REPAIR: Readonly<Record<EntryState, JobRepair | null>> = {
  open: null,
  missing: "entry_restored",
  completed: "entry_restored",
  failed: "entry_restored",
  lost: "worker_lost",
};

export type DeliveryRepair =
  /** The delivery waits for an entry that was lost, or that ended without the delivery's knowing. */
  | "delivery_restored"
  /** Every attempt was made and recorded, but not that it was the last. */
  | "delivery_failed"
  | "delivery_dropped";

export interface DeliveryFacts {
  readonly status: Delivery["status"] | null;
  readonly entry: EntryState;
  readonly attemptsLeft: boolean;
}

export function decideDeliveryRepair({ status, entry, attemptsLeft }: DeliveryFacts): DeliveryRepair | null {
  if (status !== "pending") {
    return "delivery_dropped";
  }
  if (entry === "open") {
    return null;
  }
  return attemptsLeft ? "delivery_restored" : "delivery_failed";
}
