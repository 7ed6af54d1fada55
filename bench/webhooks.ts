import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { startRedis } from "../tests/support/redis.ts";
import { waitFor } from "../tests/support/wait.ts";
import { alone, compared, printReport, type BenchResult } from "./report.ts";
import { burst, emitPaced, endpointUrl, latenciesOf, percentile, type Latencies } from "./webhooks/loads.ts";
import { cpuMsOf, messageFrom, startPart } from "./webhooks/processes.ts";
import { BODY, CONCURRENCY, startBareSender, startHeraldSender, type Sender } from "./webhooks/senders.ts";
import { startReceiver, type Receiver } from "./webhooks/start-receiver.ts";

// Herald's webhook worker against a bare loop that posts with axios's own adapter, and against a bare BullMQ worker that
// signs and posts with it: events of 1 KB to 200 endpoints of one receiver, which is a process of its own.
const BURST = 10_000;
/** Every process has a compiler that learns as it runs. */
const WARM_UP = 3_000;
const BURSTS = 3;
const PACE = { perSecond: 200, seconds: 15 };
const IDLE_SECONDS = 10;
const HEALTHY = { perSecond: 50 };
const QUIET_SECONDS = 45;
/** Always between two of the healthy: what one process takes to have two jobs end at once is not what is asked. */
const NEIGHBOUR = { perSecond: 20, delayMs: 5 };
const NOISY_SECONDS = 90;
/** Later than this it counts as late. */
const LATE_MS = 1000;

const redisServer = await startRedis();
const redis = new Redis(redisServer.url);

async function info(section: string, name: string): Promise<number> {
  return Number(new RegExp(`${name}:([\\d.]+)`).exec(await redis.info(section))?.[1]);
}
const redisCpuMs = async (): Promise<number> =>
  ((await info("cpu", "used_cpu_user")) + (await info("cpu", "used_cpu_sys"))) * 1000;
const redisCommands = () => info("stats", "total_commands_processed");

/**
 * Redis writes its append-only file anew whenever it has doubled, on a core of its own and after a fork that stops it for
 * tens of milliseconds. What the emitter wrote would have that happen while others are measured: so it is done before.
 */
async function settleRedis(): Promise<void> {
  const isRewriting = async () => (await info("persistence", "aof_rewrite_in_progress")) === 1;
  await waitFor(async () => !(await isRewriting()), { what: "Redis to write its file", timeoutMs: 60_000 });
  await redis.bgrewriteaof();
  await waitFor(async () => !(await isRewriting()), { what: "Redis to write its file", timeoutMs: 60_000 });
}

interface BurstFigures {
  readonly rate: number;
  readonly cpuMs: number;
  readonly redisCpuMs: number;
  readonly commands: number;
}

/** The best of some, as whoever else uses the machine only ever makes them worse. What it costs is of that one. */
async function bestBurst(sender: Sender, receiver: Receiver): Promise<BurstFigures> {
  await burst(sender, receiver, WARM_UP);
  const all: BurstFigures[] = [];
  for (let i = 0; i < BURSTS; i++) {
    let before = { cpu: 0, redis: 0, commands: 0 };
    const resumed = {
      ...sender,
      resume: async () => {
        await settleRedis();
        before = {
          cpu: await cpuMsOf(sender.pid),
          redis: await redisCpuMs(),
          commands: await redisCommands(),
        };
        await sender.resume();
      },
    };
    const rate = await burst(resumed, receiver, BURST);
    all.push({
      rate,
      cpuMs: ((await cpuMsOf(sender.pid)) - before.cpu) / BURST,
      redisCpuMs: ((await redisCpuMs()) - before.redis) / BURST,
      commands: ((await redisCommands()) - before.commands) / BURST,
    });
  }
  return all.reduce((best, each) => (each.rate > best.rate ? each : best));
}

async function paced(sender: Sender, receiver: Receiver): Promise<Latencies> {
  await receiver.take();
  await settleRedis();
  return latenciesOf(await emitPaced(sender, { ...PACE, urlOf: (i) => endpointUrl(receiver, i) }), receiver);
}

async function idleCommands(): Promise<number> {
  const before = await redisCommands();
  await sleep(IDLE_SECONDS * 1000);
  return ((await redisCommands()) - before - 1) / IDLE_SECONDS;
}

interface Neighbours {
  readonly none: Latencies;
  readonly answering: Latencies;
  readonly hanging: Latencies;
}

/** Healthy endpoints alone, then beside one more that answers, then beside one that accepts connections and never answers. */
async function healthyBeside(sender: Sender, receiver: Receiver): Promise<Neighbours> {
  const healthy = async (seconds: number, neighbour?: string): Promise<Latencies> => {
    await receiver.take();
    await settleRedis();
    const [emitted, beside] = await Promise.all([
      emitPaced(sender, { ...HEALTHY, seconds, urlOf: (i) => endpointUrl(receiver, i) }),
      neighbour === undefined ? [] : emitPaced(sender, { ...NEIGHBOUR, seconds, urlOf: () => neighbour }),
    ]);
    const answered = neighbour === receiver.silentUrl ? 0 : beside.length;
    return latenciesOf(emitted, receiver, emitted.length + answered);
  };
  return {
    none: await healthy(QUIET_SECONDS),
    answering: await healthy(QUIET_SECONDS, `${receiver.url}/neighbour`),
    hanging: await healthy(NOISY_SECONDS, receiver.silentUrl),
  };
}

async function bareLoop(receiver: Receiver): Promise<number> {
  const rates: number[] = [];
  for (let i = 0; i < BURSTS; i++) {
    const loop = startPart("bare-loop", [`${receiver.url}/loop`, BODY, String(BURST), String(CONCURRENCY)]);
    rates.push((await messageFrom(loop)) as number);
    await receiver.take();
  }
  return Math.max(...rates);
}

async function measure(receiver: Receiver): Promise<readonly BenchResult[]> {
  const loop = await bareLoop(receiver);
  const bare = await startBareSender(redisServer.url);
  const bareBurst = await bestBurst(bare, receiver);
  const bareLatencies = await paced(bare, receiver);
  await bare.stop();

  const herald = await startHeraldSender(redisServer.url);
  try {
    const ours = await bestBurst(herald, receiver);
    const latencies = await paced(herald, receiver);
    const idle = await idleCommands();
    const { none, answering, hanging } = await healthyBeside(herald, receiver);
    const versus = (share: number) => ({
      value: percentile(latencies, share),
      baseline: percentile(bareLatencies, share),
    });
    const beside = (share: number, baseline: Latencies) => ({
      value: percentile(hanging, share),
      baseline: percentile(baseline, share),
    });
    return [
      compared("deliveries", "1/s", { value: ours.rate, baseline: loop }),
      compared("deliveries_vs_bullmq", "1/s", { value: ours.rate, baseline: bareBurst.rate }),
      compared("event_to_first_byte_p50", "ms", versus(0.5)),
      compared("event_to_first_byte_p95", "ms", versus(0.95)),
      compared("event_to_first_byte_p99", "ms", versus(0.99)),
      compared("cpu_per_delivery", "ms", { value: ours.cpuMs, baseline: bareBurst.cpuMs }),
      compared("redis_cpu_per_delivery", "ms", { value: ours.redisCpuMs, baseline: bareBurst.redisCpuMs }),
      compared("redis_commands_per_delivery", "commands", {
        value: ours.commands,
        baseline: bareBurst.commands,
      }),
      alone("idle_redis_commands_per_second", "1/s", idle),
      compared("noisy_neighbour_p50", "ms", beside(0.5, none)),
      compared("noisy_neighbour_p99", "ms", beside(0.99, none)),
      compared("noisy_neighbour_p99_of_answering", "ms", beside(0.99, answering)),
      alone("noisy_neighbour_late", "webhooks", hanging.sorted.filter((ms) => ms > LATE_MS).length),
      alone("noisy_neighbour_lost", "webhooks", hanging.missing),
    ];
  } finally {
    await herald.stop();
  }
}

const receiver = await startReceiver();
try {
  const results = await measure(receiver);
  const version = /redis_version:(\S+)/.exec(await redis.info("server"))?.[1] ?? "unknown";
  printReport({ bench: "webhooks", redis: version, results });
} finally {
  await receiver.stop();
  await redis.quit();
  await redisServer.stop();
}
