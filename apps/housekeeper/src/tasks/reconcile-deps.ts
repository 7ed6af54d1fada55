import type { Job } from "@herald/shared/job";
import type { DeliveryEntry, JobEntry, WorkQueue } from "@herald/shared/queues";
import type { DeliveryRef, JobRef } from "@herald/shared/redis";
import type { AudioStorage } from "@herald/shared/storage";
import type { DeliveryStore, FinishJob, JobStore, UpkeepStore } from "@herald/shared/store";
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
