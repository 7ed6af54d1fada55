import type { Job } from "@herald/shared/jobs/job";
import type { DeliveryEntry, JobEntry } from "@herald/queue/queues/entries";
import type { WorkQueue } from "@herald/queue/queues/work-queue";
import type { DeliveryRef, JobRef } from "@herald/platform/redis/keys";
import type { AudioStorage } from "@herald/shared/storage/audio-storage";
import type { FinishJob } from "@herald/jobs/ending/finish-job";
import type { JobStore } from "@herald/jobs/record/job-store";
import type { UpkeepStore } from "@herald/jobs/retention/upkeep-store";
import type { DeliveryStore } from "@herald/webhooks/deliveries/delivery-store";
import type { DeliveryRepair, JobRepair } from "./decide-repair.ts";

export type RepairKind = JobRepair | DeliveryRepair | "ghost_removed";

export interface ReconcileDeps {
  readonly upkeep: Pick<UpkeepStore, "lists" | "cursor" | "moveCursor" | "jobStatuses" | "deliveryStatuses">;
  readonly jobs: Pick<JobStore, "find" | "apply">;
  readonly deliveries: Pick<DeliveryStore, "find" | "giveUp">;
  readonly finishJob: FinishJob;
  readonly storage: Pick<AudioStorage, "remove">;
  readonly synthesis: WorkQueue<JobEntry>;
  /** Gives a job its place in `synthesis` again. */
  readonly enqueueJob: (job: Job) => Promise<void>;
  readonly deliveryQueue: WorkQueue<DeliveryEntry>;
  /** How many attempts a delivery has. */
  readonly deliveryAttempts: number;
  readonly now: () => Date;
  readonly onRepair: (kind: RepairKind, ref: JobRef | DeliveryRef) => void;
  readonly onFault: (ref: JobRef | DeliveryRef, error: unknown) => void;
}
