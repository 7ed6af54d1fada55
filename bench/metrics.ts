import { setTimeout as sleep } from "node:timers/promises";
import { createDeploymentReader } from "@herald/jobs/deployment/read-deployment";
import { createSynthesisQueue } from "@herald/queue/queues/queues";
import { connectPatiently } from "@herald/platform/redis/connect";
import { createKeys } from "@herald/platform/redis/keys";
import { createJob } from "@herald/jobs/admission/create-job";
import { startHerald, type Herald } from "../tests/support/herald.ts";
import { OPEN_DOORS, requestOf } from "../tests/support/test-store.ts";
import { alone, compared, printReport, type BenchResult } from "./report.ts";

// What it costs Redis that Prometheus scrapes every process each five seconds while 100,000 jobs wait, and how long a
// scrape takes then. Targets: under 1 % of one core, and under 100 ms.
const WAITING = 100_000;
const IN_FLIGHT = 500;
const SCRAPE_EVERY_MS = 5000;
const SCRAPES = 6;
const READINGS = 500;
const PRIORITIES = ["normal", "high", "low"] as const;

// The housekeeper's own work would drown what is measured: it looks through the open jobs, in turns.
const herald = await startHerald({
  synthesisWorkers: 2,
  env: { RECONCILE_INTERVAL: "1d", EXPIRY_INTERVAL: "1d" },
});
const redis = connectPatiently(herald.redis.url, () => undefined);
const keys = createKeys("herald");
const readDeployment = createDeploymentReader({ redis, keys, now: () => new Date() });

/** By the code that the API runs, without its HTTP. */
async function fillQueue(): Promise<void> {
  const queue = createSynthesisQueue({ redis, prefix: keys.queuePrefix, attempts: 3 });
  // What pausing a queue writes: workers stay, and take nothing.
  await redis.hset(keys.queuePart("synthesis", "meta"), "paused", 1);
  let next = 0;
  const create = async (): Promise<void> => {
    for (let i = next++; i < WAITING; i = next++) {
      const priority = PRIORITIES[i % PRIORITIES.length] ?? "normal";
      await createJob(
        { ...OPEN_DOORS, redis, keys, queue, idempotencyTtlMs: 60_000 },
        {
          tenant: `tenant-${i % 100}`,
          keyId: "key_1",
          keyHash: null,
          limits: {},
          request: requestOf({ priority }),
          text: "The quick brown fox jumps over the lazy dog.",
          idempotencyKey: null,
          now: new Date(),
        },
      );
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, create));
  await queue.stop();
}

async function redisCpuSeconds(): Promise<number> {
  const info = await redis.info("cpu");
  const seconds = (name: string) => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1]);
  return seconds("used_cpu_user") + seconds("used_cpu_sys");
}

/** Seconds of Redis's processor that the work took, beside whatever else went on. */
async function cpuOf(work: () => Promise<void>): Promise<number> {
  const before = await redisCpuSeconds();
  await work();
  return (await redisCpuSeconds()) - before;
}

async function cpuMicrosPerReading(): Promise<number> {
  const cpu = await cpuOf(async () => {
    for (let i = 0; i < READINGS; i++) await readDeployment();
  });
  return (cpu / READINGS) * 1e6;
}

/** Milliseconds that each scrape took. One after the other: Prometheus too spreads its targets over the interval. */
async function scrapeAll({ metricsTargets }: Herald): Promise<readonly number[]> {
  const durations: number[] = [];
  for (const target of [...metricsTargets.values()].flat()) {
    const start = performance.now();
    await (await fetch(`http://${target}/metrics`)).text();
    durations.push(performance.now() - start);
  }
  return durations;
}

/** Waits a little longer than a reading is shared, so that every scrape asks Redis. */
const untilNextScrape = () => sleep(SCRAPE_EVERY_MS + 50);
const WINDOW_SECONDS = (SCRAPES * (SCRAPE_EVERY_MS + 50)) / 1000;

const percent = (seconds: number): number => (seconds / WINDOW_SECONDS) * 100;

async function measure(): Promise<readonly BenchResult[]> {
  const perReadingEmpty = await cpuMicrosPerReading();
  await fillQueue();
  const { queues } = await readDeployment();
  const perReading = await cpuMicrosPerReading();

  await scrapeAll(herald); // The first page of a process compiles its code.
  const quiet = await cpuOf(async () => {
    for (let i = 0; i < SCRAPES; i++) await untilNextScrape();
  });
  const durations: number[] = [];
  const scraped = await cpuOf(async () => {
    for (let i = 0; i < SCRAPES; i++) {
      await untilNextScrape();
      durations.push(...(await scrapeAll(herald)));
    }
  });
  durations.sort((a, b) => a - b);
  const cpu = { value: percent(scraped), baseline: percent(quiet) };
  const reading = { value: perReading, baseline: perReadingEmpty };
  return [
    alone("jobs_waiting", "jobs", queues.synthesis.entries.prioritized),
    compared("redis_cpu_while_scraped", "% of a core", cpu),
    alone("redis_cpu_for_scrapes", "% of a core", cpu.value - cpu.baseline),
    compared("redis_cpu_per_reading", "µs", reading),
    alone("scrape_median", "ms", durations[Math.floor(durations.length / 2)] ?? 0),
    alone("scrape_slowest", "ms", durations.at(-1) ?? 0),
  ];
}

try {
  const results = await measure();
  const version = /redis_version:(\S+)/.exec(await redis.info("server"))?.[1] ?? "unknown";
  printReport({ bench: "metrics", redis: version, results });
} finally {
  await redis.quit();
  await herald.stop();
}
