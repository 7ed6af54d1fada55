import { Redis } from "ioredis";
import type { Stoppable } from "@herald/shared/stoppable";
import { asStoppable } from "@herald/platform/redis/connect";
import { startRedis } from "../tests/support/redis.ts";
import { waitFor } from "../tests/support/wait.ts";
import { post, startBare, startHerald, TEXT, type Subject } from "./api-subjects.ts";
import { fairWaitP95, type Neighbour } from "./fair-wait.ts";
import { fillQueue } from "./fill-queue.ts";
import { alone, compared, printReport } from "./report.ts";
import { cpuMsOf } from "./webhooks/processes.ts";

// How many submissions a second one API process lets in, with admission, fairness and idempotency, against an Express
// handler with zod and a bare `queue.add`; what a million waiting jobs change about that, and what each of them takes of
// Redis's memory; and how long a quiet tenant waits beside a loud one.
const DEEP = Number(process.env["BENCH_DEEP_JOBS"] ?? 1_000_000);
const TENANTS = 100;
const FAIR_ROUNDS = 3;
const WARM_UP = 3000;
/** Short and many: what else the machine does falls on all that are compared. */
const ROUND = 1000;
const ROUNDS = 15;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

interface Measured {
  readonly rate: number;
  /** Of processor time, of the handler and its Redis, for each job. */
  readonly cpuMs: number;
}

/** In turns, so that whatever else the machine does falls on all. */
async function measure(subjects: readonly Subject[]): Promise<readonly Measured[]> {
  for (const subject of subjects) await post(subject, WARM_UP);
  const rounds = subjects.map((): Measured[] => []);
  for (let i = 0; i < ROUNDS; i++) {
    for (const [which, subject] of subjects.entries()) rounds[which]?.push(await measureRound(subject));
  }
  return rounds.map((measured) => ({
    rate: median(measured.map(({ rate }) => rate)),
    cpuMs: median(measured.map(({ cpuMs }) => cpuMs)),
  }));
}

async function measureRound(subject: Subject): Promise<Measured> {
  const pids = [subject.pid, await pidOf(subject.redisUrl)];
  const spent = async (): Promise<number> =>
    (await Promise.all(pids.map(cpuMsOf))).reduce((sum, ms) => sum + ms, 0);
  const before = await spent();
  const rate = await post(subject, ROUND);
  return { rate, cpuMs: ((await spent()) - before) / ROUND };
}

async function pidOf(redisUrl: string): Promise<number> {
  const redis = new Redis(redisUrl);
  const info = await redis.info("server");
  redis.disconnect();
  return Number(/process_id:(\d+)/.exec(info)?.[1]);
}

const memoryOf = async (redis: Redis): Promise<number> =>
  Number(/used_memory:(\d+)/.exec(await redis.info("memory"))?.[1]);

/** Answers the bytes of Redis that each of the jobs takes. */
async function fill(redisUrl: string): Promise<number> {
  const redis = new Redis(redisUrl);
  const before = await memoryOf(redis);
  await fillQueue({ redisUrl, jobs: DEEP, tenants: TENANTS, text: TEXT });
  const bytes = ((await memoryOf(redis)) - before) / DEEP;
  const isAtRest = async () => (await redis.info("persistence")).includes("aof_rewrite_in_progress:0");
  await waitFor(isAtRest, { timeoutMs: 300_000, what: "the append-only file to be rewritten" });
  redis.disconnect();
  return bytes;
}

/** Milliseconds that a quiet tenant waits, by what another one does. */
async function measureFairness(redisUrl: string): Promise<Readonly<Record<Neighbour, number>>> {
  const waits: Record<Neighbour, number[]> = { none: [], busy: [], waiting: [] };
  for (let i = 0; i < FAIR_ROUNDS; i++) {
    for (const neighbour of ["none", "busy", "waiting"] as const) {
      waits[neighbour].push(await fairWaitP95(redisUrl, neighbour));
    }
  }
  return { none: median(waits.none), busy: median(waits.busy), waiting: median(waits.waiting) };
}

const [empty, deep] = [await startRedis(), await startRedis()];
const opened: Stoppable[] = [empty, deep];

try {
  const fairness = await measureFairness(empty.url);
  const bytes = await fill(deep.url);
  const subjects = [await startBare(empty.url), await startHerald(empty.url), await startHerald(deep.url)];
  opened.push(...subjects);
  const [bare, accept, acceptDeep] = (await measure(subjects)) as [Measured, Measured, Measured];
  const redis = new Redis(deep.url);
  opened.push(asStoppable(redis));

  printReport({
    bench: "api",
    redis: /redis_version:(\S+)/.exec(await redis.info("server"))?.[1] ?? "unknown",
    results: [
      compared("accept", "jobs/s", { value: accept.rate, baseline: bare.rate }),
      compared("accept_cpu", "ms", { value: accept.cpuMs, baseline: bare.cpuMs }),
      compared("accept_deep_queue", "jobs/s", { value: acceptDeep.rate, baseline: accept.rate }),
      compared("accept_deep_queue_cpu", "ms", { value: acceptDeep.cpuMs, baseline: accept.cpuMs }),
      alone("jobs_waiting", "jobs", await redis.zcard("{herald}:synthesis:prioritized")),
      alone("bytes_per_pending_job", "bytes", bytes),
      compared("fair_wait_p95", "ms", { value: fairness.waiting, baseline: fairness.none }),
      // What of it is the line, and not that every slot is taken.
      compared("fair_wait_p95_of_busy", "ms", { value: fairness.waiting, baseline: fairness.busy }),
    ],
  });
} finally {
  for (const part of opened.reverse()) await part.stop();
}
