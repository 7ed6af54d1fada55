import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { seededRandom } from "../support/seeded-random.ts";
import { startReceiver } from "../support/receiver.ts";
import { poll } from "../../apps/standalone/src/machine/poll.ts";
import { audit, countOpen, type Findings } from "./audit.ts";
import type { Cluster } from "./cluster.ts";
import { closeEndpoint, openEndpoint } from "./endpoint.ts";
import { submitJobs } from "./load.ts";
import type { Fault, Strike } from "./strikes.ts";

export interface FaultRun {
  readonly fault: Fault;
  readonly seed: number;
  readonly jobs: number;
  readonly strikes: number;
}

const LULL_MS = 500;
const BACKLOG = 12;
const BACKLOG_LIMIT_MS = 4_000;
/** A receiver that now and then cannot: its retries are under way when the next strike comes. */
const REFUSED_SHARE = 0.03;
/** And that takes its time, so that strikes find webhooks under way. */
const ANSWER_MS = 400;

/** Strikes while a customer submits, waits for the dust to settle, and looks at what became of every promise. */
export async function runFault(run: FaultRun, cluster: Cluster): Promise<Findings> {
  const { fault, seed, jobs, strikes } = run;
  const dice = (which: string) => seededRandom(seedOf(`${seed} ${fault.name} ${which}`));
  const receiverDice = dice("receiver");
  const receiver = await startReceiver({
    respond: () => ({
      status: receiverDice() < REFUSED_SHARE ? 503 : 204,
      delayMs: receiverDice() * ANSWER_MS,
    }),
  });
  await cluster.ready();
  const endpoint = await openEndpoint(cluster.client, new URL("/endpoint", receiver.url).href);
  const pace = { released: 1 };
  const load = submitJobs({
    client: cluster.client,
    webhookUrl: receiver.url,
    jobs,
    allowed: () => Math.ceil((jobs * pace.released) / (strikes + 1)),
    random: dice("load"),
    name: `${fault.name}-${seed}`,
  });
  try {
    const [accepted, struckAt] = await Promise.all([
      load,
      strikeAll(run, { cluster, random: dice("strikes") }, pace),
    ]);
    return await audit({ cluster, fault, endpoint, accepted, struckAt, received: receiver.requests });
  } finally {
    await closeEndpoint(cluster.client, endpoint);
    await receiver.stop();
  }
}

/** When each strike began. Each has its share of the jobs, released a moment before it. */
async function strikeAll(
  { fault, strikes }: FaultRun,
  strike: Strike,
  pace: { released: number },
): Promise<readonly number[]> {
  const struckAt: number[] = [];
  for (let i = 0; i < strikes; i++) {
    await poll(async () => (await countOpen(strike.cluster)) <= BACKLOG, { timeoutMs: BACKLOG_LIMIT_MS });
    pace.released++;
    await sleep(strike.random() * LULL_MS);
    struckAt.push(Date.now());
    await fault.strike(strike);
  }
  return struckAt;
}

/** Any of the parts of a run, and each fault alone, can be repeated from the one seed. */
function seedOf(name: string): number {
  return createHash("sha256").update(name).digest().readInt32LE();
}
