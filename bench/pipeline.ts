import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { startHerald, type Herald } from "../tests/support/herald.ts";
import { compared, alone, printReport } from "./report.ts";
import { createSubmitter } from "./submitter.ts";
import { startTally } from "./tally.ts";

// One-sentence wav jobs with webhooks through the whole of Herald, against the engine in a bare loop, on the same machine
// in the same run. A job counts when its webhook has arrived.
const TEXT = "The quick brown fox jumps over the lazy dog.";
const JOBS = 3000;
/** Every process has a compiler that learns as it runs; engine-loop.ts warms up too. */
const WARM_UP_JOBS = 2000;
const IN_FLIGHT = 32;
const LOOP_SECONDS = 5;

/** Sentences per second of `processes` bare loops side by side. */
async function engineLoop(processes: number): Promise<number> {
  const file = fileURLToPath(new URL("engine-loop.ts", import.meta.url));
  const loops = Array.from({ length: processes }, () => fork(file, [String(LOOP_SECONDS), TEXT]));
  await Promise.all(loops.map((loop) => once(loop, "message")));
  const rates = loops.map((loop) => once(loop, "message").then(([rate]) => Number(rate)));
  for (const loop of loops) loop.send("go");
  return (await Promise.all(rates)).reduce((sum, rate) => sum + rate, 0);
}

/** Jobs per second from the first submission to the last webhook. */
async function pipeline(herald: Herald, jobs: number): Promise<number> {
  const tally = await startTally(jobs);
  const submitter = createSubmitter(herald, IN_FLIGHT);
  const body = JSON.stringify({ text: TEXT, format: "wav", webhook_url: tally.url });
  const start = performance.now();
  let next = 0;
  const submit = async (): Promise<void> => {
    while (next++ < jobs) await submitter.submit(body);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, submit));
  await tally.reached;
  const rate = jobs / ((performance.now() - start) / 1000);
  await Promise.all([submitter.stop(), tally.stop()]);
  return rate;
}

const oneLoop = await engineLoop(1);
const twoLoops = await engineLoop(2);
const herald = await startHerald({ env: { SYNTHESIS_CONCURRENCY: "2" } });
try {
  await pipeline(herald, WARM_UP_JOBS);
  const rate = await pipeline(herald, JOBS);
  const redis = new Redis(herald.redis.url);
  const version = /redis_version:(\S+)/.exec(await redis.info("server"))?.[1] ?? "unknown";
  await redis.quit();
  printReport({
    bench: "pipeline",
    redis: version,
    results: [
      compared("pipeline", "jobs/s", { value: rate, baseline: oneLoop }),
      compared("pipeline_vs_two_loops", "jobs/s", { value: rate, baseline: twoLoops }),
      alone("engine_loop", "sentences/s", oneLoop),
    ],
  });
} finally {
  await herald.stop();
}
