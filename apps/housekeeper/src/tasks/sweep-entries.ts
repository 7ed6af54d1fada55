import { isTerminal } from "@herald/shared/jobs/status";
import type { DeliveryEntry, JobEntry } from "@herald/queue/queues/entries";
import {
  waitingPlaces,
  type QueuedEntry,
  type WaitingPlace,
  type WorkQueue,
} from "@herald/queue/queues/work-queue";
import type { DeliveryRef, JobRef } from "@herald/platform/redis/keys";
import type { UpkeepStore } from "@herald/jobs/retention/upkeep-store";

export interface SweepEntriesDeps {
  readonly upkeep: Pick<UpkeepStore, "cursor" | "moveCursor" | "jobStatuses" | "deliveryStatuses">;
  readonly synthesis: WorkQueue<JobEntry>;
  readonly deliveryQueue: WorkQueue<DeliveryEntry>;
  readonly onRepair: (kind: "ghost_removed", ref: JobRef | DeliveryRef) => void;
}

const BATCH = 500;
/** Per place and run, as with the lists that are compared. */
const BATCHES = 20;

/**
 * Removes entries whose record is gone or over. Workers would find nothing to do, but a paused queue or one without workers
 * would count them as waiting for good. Record and entry are created in one step, so that no entry is ahead of its record.
 */
export async function sweepEntries(deps: SweepEntriesDeps): Promise<void> {
  const { synthesis, deliveryQueue, upkeep } = deps;
  await sweepQueue(synthesis, deps, async (page) => {
    const statuses = await upkeep.jobStatuses(page.map(({ entry }) => entry));
    return page.filter((_, i) => isOver(statuses[i] ?? null));
  });
  await sweepQueue(deliveryQueue, deps, async (page) => {
    const statuses = await upkeep.deliveryStatuses(page.map(({ entry }) => entry));
    return page.filter((_, i) => statuses[i] !== "pending");
  });
}

type JobStatus = Awaited<ReturnType<UpkeepStore["jobStatuses"]>>[number];

function isOver(status: JobStatus): boolean {
  return status === null || isTerminal(status);
}

type Judge<Entry> = (page: readonly QueuedEntry<Entry>[]) => Promise<readonly QueuedEntry<Entry>[]>;

async function sweepQueue<Entry extends JobRef | DeliveryRef>(
  queue: WorkQueue<Entry>,
  deps: SweepEntriesDeps,
  findGhosts: Judge<Entry>,
): Promise<void> {
  for (const place of waitingPlaces) await sweepPlace({ queue, place, findGhosts }, deps);
}

interface Place<Entry> {
  readonly queue: WorkQueue<Entry>;
  readonly place: WaitingPlace;
  readonly findGhosts: Judge<Entry>;
}

async function sweepPlace<Entry extends JobRef | DeliveryRef>(
  { queue, place, findGhosts }: Place<Entry>,
  { upkeep, onRepair }: SweepEntriesDeps,
): Promise<void> {
  let from = await upkeep.cursor(`${queue.name}:${place}`);
  for (let i = 0; i < BATCHES; i++) {
    const page = await queue.page(place, from, BATCH);
    let removed = 0;
    for (const { id, entry } of await findGhosts(page)) {
      if ((await queue.remove(id)) === "held") continue;
      onRepair("ghost_removed", entry);
      removed++;
    }
    from = page.length < BATCH ? 0 : from + BATCH - removed;
    if (from === 0) break;
  }
  await upkeep.moveCursor(`${queue.name}:${place}`, from);
}
