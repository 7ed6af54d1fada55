import { eventIdOf } from "@herald/shared/job";
import type { DeliveryEntry, JobEntry, WorkQueue } from "@herald/shared/queues";
import type { JobRef } from "@herald/shared/redis";
import type { FinishJob, JobStore, ListedJob, UpkeepStore } from "@herald/shared/store";
import {
  decideDeliveryRepair,
  decideJobRepair,
  type DeliveryRepair,
  type JobRepair,
} from "./decide-repair.ts";
import { repairDelivery, repairJob } from "./repair.ts";

export type RepairKind = JobRepair | DeliveryRepair | "ghost_removed";

export interface ReconcileDeps {
  readonly upkeep: Pick<UpkeepStore, "lists" | "cursor" | "moveCursor" | "jobStatuses" | "deliveryStatuses">;
  readonly jobs: Pick<JobStore, "find" | "apply">;
  readonly finishJob: FinishJob;
  readonly synthesis: WorkQueue<JobEntry>;
  readonly deliveries: WorkQueue<DeliveryEntry>;
  readonly now: () => Date;
  readonly onRepair: (kind: RepairKind, ref: JobRef) => void;
}

/** A creation or an ending is two steps for a moment; what is younger than this is left to its writer. */
const GRACE_MS = 10_000;
const BATCH = 500;
/** Per list and run: a million waiting jobs are looked through in turns, not in one breath. */
const BATCHES = 20;

export interface ReconcileReport {
  readonly looked_at: number;
}

/** Compares records with queue entries and mends what a crash between two steps left apart. Safe to run twice, or half. */
export async function reconcile(deps: ReconcileDeps): Promise<ReconcileReport> {
  const jobs = await eachPage("openJobs", deps, (page) => reconcileJobs(page, deps));
  const deliveries = await eachPage("openDeliveries", deps, (page) => reconcileDeliveries(page, deps));
  return { looked_at: jobs + deliveries + (await removeGhosts(deps)) };
}

type Listed = "openJobs" | "openDeliveries";
/** How many of a page left the list, which moves the rest forward. */
type Dropped = number;

async function eachPage(
  name: Listed,
  { upkeep, now }: ReconcileDeps,
  look: (page: readonly ListedJob[]) => Promise<Dropped>,
): Promise<number> {
  const settledBefore = now().getTime() - GRACE_MS;
  let from = await upkeep.cursor(name);
  let lookedAt = 0;
  for (let i = 0; i < BATCHES; i++) {
    const page = await upkeep.lists[name].page(from, BATCH);
    const settled = page.filter(({ at }) => at.getTime() < settledBefore);
    const dropped = settled.length === 0 ? 0 : await look(settled);
    lookedAt += settled.length;
    from = settled.length < BATCH ? 0 : from + BATCH - dropped;
    if (from === 0) break;
  }
  await upkeep.moveCursor(name, from);
  return lookedAt;
}

async function reconcileJobs(page: readonly ListedJob[], deps: ReconcileDeps): Promise<Dropped> {
  const refs = page.map(({ ref }) => ref);
  const [statuses, entries] = await Promise.all([
    deps.upkeep.jobStatuses(refs),
    deps.synthesis.statesOf(refs.map(({ jobId }) => jobId)),
  ]);
  let dropped = 0;
  for (const [i, ref] of refs.entries()) {
    const repair = decideJobRepair(statuses[i] ?? null, entries[i] ?? "missing");
    if (repair === null) continue;
    const done = await repairJob(repair, ref, deps);
    if (done) deps.onRepair(repair, ref);
    if (repair !== "entry_restored") dropped++;
  }
  return dropped;
}

async function reconcileDeliveries(page: readonly ListedJob[], deps: ReconcileDeps): Promise<Dropped> {
  const refs = page.map(({ ref }) => ref);
  const [statuses, entries] = await Promise.all([
    deps.upkeep.deliveryStatuses(refs),
    deps.deliveries.statesOf(refs.map(({ jobId }) => eventIdOf(jobId))),
  ]);
  let dropped = 0;
  for (const [i, ref] of refs.entries()) {
    const repair = decideDeliveryRepair(statuses[i] ?? null, entries[i] ?? "missing");
    if (repair === null) continue;
    const done = await repairDelivery(repair, ref, deps);
    if (done) deps.onRepair(repair, ref);
    if (repair === "delivery_dropped") dropped++;
  }
  return dropped;
}

/** Entries of jobs that ended: a worker would find nothing to do, but they would be counted as waiting until then. */
async function removeGhosts({ upkeep, synthesis, now, onRepair }: ReconcileDeps): Promise<number> {
  const settledBefore = new Date(now().getTime() - GRACE_MS);
  const refs = await upkeep.lists.looseEntries.due(settledBefore, { skip: 0, limit: BATCH * BATCHES });
  const entries = await synthesis.statesOf(refs.map(({ jobId }) => jobId));
  for (const [i, ref] of refs.entries()) {
    if (entries[i] === "open") {
      if ((await synthesis.remove(ref.jobId)) === "held") continue;
      onRepair("ghost_removed", ref);
    }
    await upkeep.lists.looseEntries.drop(ref);
  }
  return refs.length;
}
