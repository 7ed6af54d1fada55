import type { ErrorCode } from "@herald/shared/error-kinds";
import { AppError } from "@herald/shared/errors";
import type { FoundEntry, OperatedQueue } from "@herald/queue/queues/operated-queue";
import type { EntryRules, Objection } from "./entry-rules.ts";

export interface OperatedEntries {
  readonly queue: OperatedQueue;
  readonly rules: EntryRules;
}

export type EntryAction = "retry" | "promote" | "remove";

/** Carries one action out on one entry; answers what stands in its way. */
type Attempt = (entry: FoundEntry, entries: OperatedEntries) => Promise<Objection | null>;

const MOVED_ON: Objection = { because: "it has changed just now: look again" };
const HELD: Objection = { because: "a worker has it, or a schedule hangs on it" };
const NOT_DELAYED: Objection = { because: "only a delayed entry can be promoted" };

const ATTEMPTS: Readonly<Record<EntryAction, Attempt>> = {
  /** The record first: what a crash leaves between the two steps is a delivery that is owed, which the housekeeper finds. */
  async retry(entry, { queue, rules }) {
    const objection = await rules.prepareRetry(entry);
    if (objection !== null) return objection;
    return (await queue.retry(entry.id)) === "applied" ? null : MOVED_ON;
  },
  async promote(entry, { queue }) {
    if (entry.state !== "delayed") return NOT_DELAYED;
    return (await queue.promote(entry.id)) === "applied" ? null : MOVED_ON;
  },
  async remove(entry, { queue, rules }) {
    const objection = await rules.mayRemove(entry);
    if (objection !== null) return objection;
    return (await queue.remove(entry.id)) === "removed" ? null : HELD;
  },
};

const REFUSED_WITH: Readonly<Record<EntryAction, ErrorCode>> = {
  retry: "entry_not_retriable",
  promote: "entry_not_delayed",
  remove: "entry_not_removable",
};

export async function actOnEntry(action: EntryAction, id: string, entries: OperatedEntries): Promise<void> {
  const entry = await entries.queue.find(id);
  if (entry === null) {
    throw new AppError("entry_not_found", "there is no such entry in this queue");
  }
  const objection = await ATTEMPTS[action](entry, entries);
  if (objection !== null) {
    throw new AppError(REFUSED_WITH[action], `not possible: ${objection.because}`);
  }
}

export interface Tally {
  readonly count: number;
  /** What stayed as it was, because its record does not allow it. */
  readonly skipped: number;
}

/** States that one action may be asked for on all entries of. */
export const BULK_STATES = {
  retry: ["failed"],
  promote: ["delayed"],
  remove: ["completed", "failed", "delayed", "waiting", "prioritized"],
} as const satisfies Readonly<Record<EntryAction, readonly string[]>>;

export type BulkState = (typeof BULK_STATES)[EntryAction][number];

const PAGE = 100;
/** One request's worth; who has more of them asks again. Far above the 1,000 that are kept of what ended. */
const MAX_ENTRIES = 5_000;

/** The same on all entries of a state, the oldest first. What is skipped stays, so the next page begins after it. */
export async function actOnAll(
  action: EntryAction,
  state: BulkState,
  entries: OperatedEntries,
): Promise<Tally> {
  const tally = { count: 0, skipped: 0 };
  while (tally.count + tally.skipped < MAX_ENTRIES) {
    const page = await entries.queue.list(state, { skip: tally.skipped, limit: PAGE });
    const objections = await Promise.all(page.map((entry) => ATTEMPTS[action](entry, entries)));
    const skipped = objections.filter((objection) => objection !== null).length;
    tally.skipped += skipped;
    tally.count += page.length - skipped;
    if (page.length < PAGE) break;
  }
  return tally;
}
