// `npm run test:containers`: the image and docker-compose.yml on a real Docker engine, as README says to use them.
import { messageOf } from "@herald/shared/errors";
import { createClient } from "../support/client.ts";
import { waitFor } from "../support/wait.ts";
import { containerChecks, type Check } from "./checks.ts";
import { findDocker, type Docker } from "./docker.ts";
import { runJobs, type Tally } from "./run-jobs.ts";
import { prepareStack, startStack, type StackFiles } from "./stack.ts";

const JOBS = 200;
const WORKERS = 3;

const say = (line: string): void => {
  console.log(line);
};

type Verdict = "passed" | "failed" | "skipped";

async function main(): Promise<Verdict> {
  const docker = await findDocker();
  if (docker === null) {
    say("no Docker engine with Compose answers here: see `docker version` and `docker compose version`");
    return "skipped";
  }
  say(docker.versions);
  const files = await prepareStack(docker);
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ["SIGINT", "SIGTERM"])
      process.once(signal, () => {
        reject(new Error(signal));
      });
  });
  try {
    return await Promise.race([tryOut(docker, files), interrupted]);
  } finally {
    await files.remove();
    say("removed containers, networks, named volumes and the image");
  }
}

async function tryOut(docker: Docker, files: StackFiles): Promise<Verdict> {
  await files.compose("build", "api");
  const bytes = Number(await docker.docker("image", "inspect", "--format", "{{.Size}}", files.image));
  say(`built the image: ${Math.round(bytes / 1e6)} MB`);
  const stack = await startStack(docker, files, WORKERS);
  const client = createClient(stack.apiUrl, "");
  try {
    // Not by asking it: Docker accepts connections for a container that does not listen yet, and Node 20's fetch then hangs.
    for (const id of await stack.ids("api")) await stack.untilHealthy(id);
    await waitFor(() => client.isReady(), { timeoutMs: 120_000, what: "the API to be ready" });
    say(`started, with ${(await stack.ids("synthesis-worker")).length} synthesis workers`);
    const tally = await runJobs(JOBS, { docker, stack, say });
    const broken = await check(containerChecks(docker, stack));
    return conclude(tally, broken);
  } catch (error) {
    say(await stack.logs());
    throw error;
  }
}

/** How many promises are broken. */
async function check(checks: readonly Check[]): Promise<number> {
  let broken = 0;
  for (const { promise, hold } of checks) {
    const fault = await hold().then(() => null, messageOf);
    say(fault === null ? `ok      ${promise}` : `BROKEN  ${promise}: ${fault}`);
    if (fault !== null) broken++;
  }
  return broken;
}

function conclude(
  { jobs, completed, triedAgain, delivered, deliveries, seconds }: Tally,
  broken: number,
): Verdict {
  say("");
  say(`jobs: ${jobs} accepted, ${completed} completed, ${jobs - completed} lost, ${triedAgain} tried again`);
  say(`events: ${delivered} of ${jobs} delivered under one id each, in ${deliveries} deliveries that verify`);
  say(`checks: ${broken} broken; the run took ${seconds.toFixed(0)} s`);
  return completed === jobs && delivered === jobs && broken === 0 ? "passed" : "failed";
}

const verdict = await main().catch((error: unknown): Verdict => {
  say(messageOf(error));
  return "failed";
});
say(verdict);
process.exit(verdict === "failed" ? 1 : 0);
