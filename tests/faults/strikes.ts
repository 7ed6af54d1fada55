import { setTimeout as sleep } from "node:timers/promises";
import { startCluster, type Cluster } from "./cluster.ts";
import type { Victim } from "./processes.ts";
import { mountSmallDisk, type SmallDisk } from "./small-disk.ts";

export interface Strike {
  readonly cluster: Cluster;
  /** Numbers from 0 to 1, the same for the same seed. */
  readonly random: () => number;
}

export interface Fault {
  readonly name: string;
  /** A killing fault strikes as often as `--kills` allows; another this often. */
  readonly strikes: "kills" | number;
  /** Whose recovery is measured: what was begun twice, or everything that was under way, because all had to wait. */
  readonly hits: "interrupted" | "everything";
  /** By which 99 % of what it hits has recovered, on a machine under load. */
  readonly recoversWithinMs: number;
  /** Jobs may fail for want of storage. */
  readonly fillsDisk?: boolean;
  /** Resolves when what was struck is there again. */
  readonly strike: (strike: Strike) => Promise<void>;
  /** Starts a Herald for this fault alone, or says why the fault cannot be made here. Without it, the shared Herald is struck. */
  readonly open?: (jobs: number) => Promise<OwnCluster | string>;
}

export interface OwnCluster {
  readonly cluster: Cluster;
  readonly stop: () => Promise<void>;
}

/** Longer than a lock lasts, so that others take over what a frozen or cut-off worker had; then it comes back. */
const LONG_FREEZE_MS = 17_000;
const REDIS_FREEZE_MS = 2_500;
const REDIS_FULL_MS = 6_000;
const DISK_FULL_MS = 3_000;
const CLOCK_SKEW_MS = 90_000;

/**
 * What docs/reliability.md promises, with room for two cores that all processes share. Where everything has to wait, until it is
 * done; what was frozen or cut off is taken over within 20 s.
 */
const KILLED_MS = 10_000;
/** A lock that could not be renewed meanwhile is found a stalled check later. */
const REDIS_AWAY_MS = 25_000;
const FROZEN_MS = 25_000;
/** From when it fills up: what was under way may lose its lock, and is found a stalled check later. */
const REDIS_FULL_RECOVERY_MS = 35_000;
const DISK_FULL_RECOVERY_MS = 20_000;

const kill = (victims: (cluster: Cluster) => readonly Victim[]) => (strike: Strike) =>
  oneOf(victims(strike.cluster), strike.random).killAndRestart();

const freeze =
  (victims: (cluster: Cluster) => readonly Victim[], ms: number) =>
  async ({ cluster, random }: Strike): Promise<void> => {
    const victim = oneOf(victims(cluster), random);
    victim.freeze();
    await sleep(ms);
    victim.thaw();
  };

const everyone = ({ api, synthesisWorkers, webhookWorkers, housekeeper, redis }: Cluster) => [
  api,
  ...synthesisWorkers,
  ...webhookWorkers,
  housekeeper,
  redis,
];

export const FAULTS: readonly Fault[] = [
  {
    name: "kill-synthesis-worker",
    strikes: "kills",
    hits: "interrupted",
    recoversWithinMs: KILLED_MS,
    strike: kill(({ synthesisWorkers }) => synthesisWorkers),
  },
  {
    name: "kill-webhook-worker",
    strikes: "kills",
    hits: "interrupted",
    recoversWithinMs: KILLED_MS,
    strike: kill(({ webhookWorkers }) => webhookWorkers),
  },
  {
    name: "kill-api",
    strikes: "kills",
    hits: "interrupted",
    recoversWithinMs: KILLED_MS,
    strike: kill(({ api }) => [api]),
  },
  {
    name: "kill-housekeeper",
    strikes: "kills",
    hits: "interrupted",
    recoversWithinMs: KILLED_MS,
    strike: kill(({ housekeeper }) => [housekeeper]),
  },
  {
    name: "kill-redis",
    strikes: "kills",
    hits: "everything",
    recoversWithinMs: REDIS_AWAY_MS,
    strike: kill(({ redis }) => [redis]),
  },
  {
    name: "kill-anything",
    strikes: "kills",
    hits: "interrupted",
    recoversWithinMs: REDIS_AWAY_MS,
    strike: kill(everyone),
  },
  {
    name: "freeze-worker",
    strikes: 1,
    hits: "interrupted",
    recoversWithinMs: FROZEN_MS,
    strike: freeze(
      ({ synthesisWorkers, webhookWorkers }) => [...synthesisWorkers, ...webhookWorkers],
      LONG_FREEZE_MS,
    ),
  },
  {
    name: "freeze-redis",
    strikes: 2,
    hits: "everything",
    recoversWithinMs: REDIS_AWAY_MS,
    strike: freeze(({ redis }) => [redis], REDIS_FREEZE_MS),
  },
  {
    name: "redis-out-of-memory",
    strikes: 1,
    hits: "everything",
    recoversWithinMs: REDIS_FULL_RECOVERY_MS,
    async strike({ cluster: { auditor } }) {
      await auditor.config("SET", "maxmemory", "1");
      await sleep(REDIS_FULL_MS);
      await auditor.config("SET", "maxmemory", "0");
    },
  },
  {
    name: "half-open-connections",
    strikes: 1,
    hits: "interrupted",
    recoversWithinMs: FROZEN_MS,
    async strike({ cluster: { proxy } }) {
      proxy.sever();
      await sleep(LONG_FREEZE_MS);
      proxy.mend();
    },
  },
  {
    name: "disk-full",
    strikes: 1,
    hits: "everything",
    recoversWithinMs: DISK_FULL_RECOVERY_MS,
    fillsDisk: true,
    ...onSmallDisk(),
  },
  {
    name: "clocks-apart",
    strikes: 1,
    hits: "interrupted",
    recoversWithinMs: KILLED_MS,
    strike: kill(({ synthesisWorkers }) => synthesisWorkers),
    open: openWithClocksApart,
  },
];

function onSmallDisk(): Pick<Fault, "strike" | "open"> {
  let disk: SmallDisk | undefined;
  return {
    async strike() {
      await disk?.fill();
      await sleep(DISK_FULL_MS);
      await disk?.free();
    },
    async open(jobs) {
      const mounted = await mountSmallDisk(jobs);
      if (typeof mounted === "string") return mounted;
      disk = mounted;
      const cluster = await startCluster({ disk });
      return {
        cluster,
        async stop() {
          await cluster.stop();
          await mounted.unmount();
        },
      };
    },
  };
}

/** Every second process runs ahead, and the others behind. */
async function openWithClocksApart(): Promise<OwnCluster> {
  const skew = (index: number): string => String(index % 2 === 0 ? CLOCK_SKEW_MS : -CLOCK_SKEW_MS);
  const cluster = await startCluster({
    envOf: (index) => ({
      NODE_OPTIONS: "--require ./tests/fixtures/skewed-clock.cjs",
      CLOCK_SKEW_MS: skew(index),
    }),
  });
  return { cluster, stop: () => cluster.stop() };
}

function oneOf<T>(things: readonly T[], random: () => number): T {
  return things[Math.floor(random() * things.length)] as T;
}
