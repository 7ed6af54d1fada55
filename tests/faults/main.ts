// `npm run test:faults`: a Herald of real processes that are killed, frozen, cut off and starved while customers submit jobs.
import { writeFile } from "node:fs/promises";
import { messageOf } from "@herald/shared/errors";
import { parseArguments, type FaultsArguments } from "./arguments.ts";
import { startCluster, type Cluster } from "./cluster.ts";
import { runFault } from "./run-fault.ts";
import { shareOut } from "./share-out.ts";
import { FAULTS, type Fault } from "./strikes.ts";
import { renderTable, type Row } from "./table.ts";

const say = (line: string): void => {
  console.log(line);
};

const SHOWN_FAULTS = 10;

interface Score {
  readonly rows: Row[];
  passed: number;
  failed: number;
}

async function main(args: FaultsArguments): Promise<Score> {
  const chosen = FAULTS.filter(({ name }) => args.fault === null || name === args.fault);
  const share = shareOut(args, FAULTS);
  const score: Score = { rows: [], passed: 0, failed: 0 };
  const shared = await startCluster();
  try {
    for (const fault of chosen) {
      await tryFault(fault, { shared, args: { ...args, ...share }, score });
    }
  } finally {
    await shared.stop();
  }
  return score;
}

interface Trial {
  readonly shared: Cluster;
  readonly args: FaultsArguments;
  readonly score: Score;
}

async function tryFault(fault: Fault, { shared, args, score }: Trial): Promise<void> {
  const own = (await fault.open?.(args.jobs)) ?? null;
  if (typeof own === "string") {
    say(`skipped ${fault.name}: ${own}`);
    return;
  }
  const strikes = fault.strikes === "kills" ? args.kills : fault.strikes;
  const run = { fault, strikes, jobs: args.jobs, seed: args.seed };
  const startedAt = performance.now();
  try {
    const findings = await runFault(run, own?.cluster ?? shared);
    score.rows.push({ ...findings, fault: fault.name, strikes });
    for (const broken of findings.broken.slice(0, SHOWN_FAULTS)) say(`  ${broken}`);
    const verdict = findings.broken.length === 0 ? "passed" : "failed";
    score[verdict]++;
    say(`${verdict} ${fault.name}: ${strikes} strikes, ${findings.jobs} jobs, ${seconds(startedAt)} s`);
  } catch (error) {
    score.failed++;
    say(`failed ${fault.name}: ${messageOf(error)}`);
  } finally {
    await own?.stop();
  }
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(0);
}

function conclude({ rows, passed, failed }: Score, args: FaultsArguments): Promise<void> {
  const { seed, jobs, kills, fault, report } = args;
  const only = fault === null ? "" : ` --fault ${fault}`;
  say("");
  say(renderTable(rows));
  say("");
  if (failed > 0) say(`again: npm run test:faults -- --seed ${seed} --jobs ${jobs} --kills ${kills}${only}`);
  say(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
  // In the form of jest's report, which .ci/summary.cjs adds up.
  const counts = { numPassedTests: passed, numFailedTests: failed, numRuntimeErrorTestSuites: 0 };
  return report === null ? Promise.resolve() : writeFile(report, JSON.stringify(counts));
}

const args = parseArguments(
  process.argv.slice(2),
  FAULTS.map(({ name }) => name),
);
say(`seed ${args.seed}`);
await conclude(await main(args), args);
