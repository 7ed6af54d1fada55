import type { FaultsArguments } from "./arguments.ts";
import type { Fault } from "./strikes.ts";

/** What each fault gets. */
export type Share = Pick<FaultsArguments, "jobs" | "kills">;

/** By all faults there are, whichever are chosen: one alone does what it does in the whole run of that seed. */
export function shareOut({ jobs, kills }: Share, faults: readonly Pick<Fault, "strikes">[]): Share {
  const killing = faults.filter(({ strikes }) => strikes === "kills");
  return { jobs: Math.ceil(jobs / faults.length), kills: Math.ceil(kills / killing.length) };
}
