import { parseArgs } from "node:util";

export interface FaultsArguments {
  readonly seed: number;
  /** In all, over all faults. */
  readonly jobs: number;
  /** In all, over the faults that kill. */
  readonly kills: number;
  /** Null: every fault. */
  readonly fault: string | null;
  /** Where the counts go, in the form of jest's report. */
  readonly report: string | null;
}

const MAX_SEED = 2 ** 31 - 1;

/** Throws an Error that names the argument at fault. */
export function parseArguments(argv: readonly string[], faults: readonly string[]): FaultsArguments {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seed: { type: "string" },
      jobs: { type: "string" },
      kills: { type: "string" },
      fault: { type: "string" },
      report: { type: "string" },
    },
  });
  const { fault = null, report = null } = values;
  if (fault !== null && !faults.includes(fault)) {
    throw new Error(`--fault: there is no ${fault}; there are ${faults.join(", ")}`);
  }
  return {
    seed: integer("seed", values.seed ?? String(Date.now() % MAX_SEED), [0, MAX_SEED]),
    jobs: integer("jobs", values.jobs ?? "500", [1, 1_000_000]),
    kills: integer("kills", values.kills ?? "24", [1, 100_000]),
    fault,
    report,
  };
}

function integer(name: string, text: string, [least, most]: readonly [number, number]): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new Error(`--${name}: ${text} is not a whole number from ${least} to ${most}`);
  }
  return value;
}
