import type { EntryState } from "@herald/queue/queues/work-queue";
import type { DeliveryRef, JobRef } from "@herald/platform/redis/keys";
import type { Listed, WorkList } from "@herald/platform/redis/work-list";
import { decideJobRepair } from "./decide-repair.ts";
import type { ReconcileDeps, RepairKind } from "./reconcile-deps.ts";
import { repairDelivery, repairJob } from "./repair.ts";

/** A creation or an ending is two steps for a moment; what is younger than this is left to its writer. */
const GRACE_MS = 10_000;
const BATCH = 500;
/** Per list and run: a million waiting jobs are looked through in turns, not in one breath. */
const BATCHES = 20;

export interface ReconcileReport {
  readonly lookedAt: number;
  readonly repaired: number;
  readonly failed: number;
}

/** Compares records with queue entries and mends what a crash between two steps left apart. Safe to run twice, or half. */
export async function reconcile(deps: ReconcileDeps): Promise<ReconcileReport> {
  const tally = { lookedAt: 0, repaired: 0, failed: 0 };
  await eachPage("openJobs", deps, async (page) => {
    tally.lookedAt += page.length;
    return mendEach(await suspectJobs(page, deps), { deps, tally, mend: repairJob });
  });
  await eachPage("openDeliveries", deps, async (page) => {
    tally.lookedAt += page.length;
    return mendEach(await suspectDeliveries(page, deps), { deps, tally, mend: repairDelivery });
  });
  const ghosts = await looseEntries(deps);
  tally.lookedAt += ghosts.length;
  await mendEach(ghosts, { deps, tally, mend: removeGhost });
  return tally;
}

/** How many of a page left the list, which moves the rest forward. */
type Dropped = number;

async function eachPage<Name extends "openJobs" | "openDeliveries">(
  name: Name,
  { upkeep, now }: ReconcileDeps,
  look: (page: readonly Listed<RefOn<Name>>[]) => Promise<Dropped>,
): Promise<void> {
  const settledBefore = now().getTime() - GRACE_MS;
  const list = upkeep.lists[name] as WorkList<RefOn<Name>>;
  let from = await upkeep.cursor(name);
  for (let i = 0; i < BATCHES; i++) {
    const page = await list.page(from, BATCH);
    const settled = page.filter(({ at }) => at.getTime() < settledBefore);
    const dropped = settled.length === 0 ? 0 : await look(settled);
    from = settled.length < BATCH ? 0 : from + BATCH - dropped;
    if (from === 0) break;
  }
  await upkeep.moveCursor(name, from);
}

type RefOn<Name> = Name extends "openJobs" ? JobRef : DeliveryRef;

interface Suspect<Ref> {
  readonly ref: Ref;
  readonly entry: EntryState;
}

async function suspectJobs(
  page: readonly Listed<JobRef>[],
  deps: ReconcileDeps,
): Promise<readonly Suspect<JobRef>[]> {
  const refs = page.map(({ ref }) => ref);
  const entries = await deps.synthesis.statesOf(refs.map(({ jobId }) => jobId));
  const statuses = await deps.upkeep.jobStatuses(refs);
  return pairUp(refs, entries).filter(
    ({ entry }, i) => decideJobRepair({ status: statuses[i] ?? null, entry, attempts: 0 }) !== null,
  );
}

async function suspectDeliveries(
  page: readonly Listed<DeliveryRef>[],
  deps: ReconcileDeps,
): Promise<readonly Suspect<DeliveryRef>[]> {
  const refs = page.map(({ ref }) => ref);
  const entries = await deps.deliveryQueue.statesOf(refs.map(({ deliveryId }) => deliveryId));
  const statuses = await deps.upkeep.deliveryStatuses(refs);
  return pairUp(refs, entries).filter(({ entry }, i) => statuses[i] !== "pending" || entry !== "open");
}

/** Entries of jobs that ended: a worker would find nothing to do, but they would be counted as waiting until then. */
async function looseEntries({ upkeep, synthesis, now }: ReconcileDeps): Promise<readonly Suspect<JobRef>[]> {
  const settledBefore = new Date(now().getTime() - GRACE_MS);
  const refs = await upkeep.lists.looseEntries.due(settledBefore, { skip: 0, limit: BATCH * BATCHES });
  return pairUp(refs, await synthesis.statesOf(refs.map(({ jobId }) => jobId)));
}

async function removeGhost(
  ref: JobRef,
  entry: EntryState,
  { upkeep, synthesis }: ReconcileDeps,
): Promise<RepairKind | null> {
  if (entry === "open" && (await synthesis.remove(ref.jobId)) === "held") {
    return null;
  }
  await upkeep.lists.looseEntries.drop(ref);
  return entry === "open" ? "ghost_removed" : null;
}

function pairUp<Ref>(refs: readonly Ref[], entries: readonly EntryState[]): readonly Suspect<Ref>[] {
  return refs.map((ref, i) => ({ ref, entry: entries[i] ?? "missing" }));
}

interface Mending<Ref> {
  readonly deps: ReconcileDeps;
  readonly tally: { repaired: number; failed: number };
  readonly mend: (ref: Ref, entry: EntryState, deps: ReconcileDeps) => Promise<RepairKind | null>;
}

/** One that cannot be mended, because its record cannot be read for instance, must not keep the others from it. */
async function mendEach<Ref extends JobRef | DeliveryRef>(
  suspects: readonly Suspect<Ref>[],
  { deps, tally, mend }: Mending<Ref>,
): Promise<Dropped> {
  let dropped = 0;
  for (const { ref, entry } of suspects) {
    try {
      const kind = await mend(ref, entry, deps);
      if (kind === null) continue;
      tally.repaired++;
      deps.onRepair(kind, ref);
      if (LEAVES_ITS_LIST[kind]) dropped++;
    } catch (error) {
      tally.failed++;
      deps.onFault(ref, error);
    }
  }
  return dropped;
}

const LEAVES_ITS_LIST: Readonly<Record<RepairKind, boolean>> = {
  entry_restored: false,
  worker_lost: true,
  job_failed: true,
  listing_dropped: true,
  delivery_restored: false,
  delivery_failed: true,
  delivery_dropped: true,
  ghost_removed: true,
};

/** Every kind there is, as metrics want to know beforehand. */
export const REPAIR_KINDS: readonly string[] = Object.keys(LEAVES_ITS_LIST);
