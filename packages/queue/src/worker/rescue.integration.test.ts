import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { startSeverableProxy, type SeverableProxy } from "../../../../tests/support/severable-proxy.ts";
import { openTestDeployment, type TestDeployment } from "../../../../tests/support/test-redis.ts";
import { startTestWorker } from "../../../../tests/support/test-worker.ts";
import { waitFor } from "../../../../tests/support/wait.ts";
import type { Stoppable } from "@herald/shared/stoppable";
import type { DeliveryEntry } from "../queues/entries.ts";
import { createDeliveryQueue } from "../queues/queues.ts";
import type { WorkQueue } from "../queues/work-queue.ts";
import { connectPatiently } from "@herald/platform/redis/connect";
import { startRescue, type Rescue } from "./rescue.ts";
import type { Processor } from "./start-worker.ts";

let deployment: TestDeployment;
let queue: WorkQueue<DeliveryEntry>;
let parts: Stoppable[];
let rescues: { rescue: Rescue; id: string }[];

beforeEach(() => {
  deployment = openTestDeployment();
  const { redis, keys } = deployment;
  queue = createDeliveryQueue({ redis, prefix: keys.queuePrefix, retryDelaysMs: [20, 40, 90] });
  rescues = [];
  const onRescued = (rescue: Rescue, id: string) => rescues.push({ rescue, id });
  parts = [startRescue({ queue: queue.name, redis, keys, onRescued, onError: () => undefined })];
});

afterEach(async () => {
  await Promise.all(parts.map((part) => part.stop()));
  await queue.stop();
  await deployment.close();
});

const never: Processor<DeliveryEntry> = () => new Promise(() => undefined);
const done: Processor<DeliveryEntry> = () => Promise.resolve({ kind: "done" });

function start(process: Processor<DeliveryEntry>, redis = deployment.redis): Stoppable {
  const worker = startTestWorker({ queue: queue.name, keys: deployment.keys, redis, graceMs: 0, process });
  parts.push(worker);
  return worker;
}

async function enqueue(): Promise<string> {
  const id = randomUUID();
  const names = { eventId: id, deliveryId: id, endpointId: "url_1" };
  await queue.add(id, { tenant: "acme", jobId: id, ...names, requestId: "req-1" });
  return id;
}

const stateOf = async (id: string) => (await queue.statesOf([id]))[0];
const isActive = async () => (await queue.counts())["active"] === 1;

/** As kill -9 looks from Redis: every connection of the worker is closed, and nothing more comes. */
async function startDoomed(): Promise<{ kill: () => Promise<void> }> {
  const proxy: SeverableProxy = await startSeverableProxy(deployment.url);
  const redis = connectPatiently(proxy.url, () => undefined);
  start(never, redis);
  return {
    async kill() {
      await proxy.close();
      parts.push({
        stop() {
          redis.disconnect();
          return Promise.resolve();
        },
      });
    },
  };
}

describe("an entry whose worker was killed", () => {
  it("is with another one within seconds, with no attempt used", async () => {
    const id = await enqueue();
    const { kill } = await startDoomed();
    await waitFor(isActive);
    const attempts: number[] = [];

    await kill();
    start((attempt) => {
      attempts.push(attempt.number);
      return done(attempt, new AbortController().signal);
    });
    // BullMQ's own check needs at least the 10 s that a lock lasts.
    await waitFor(async () => (await stateOf(id)) === "completed", { timeoutMs: 8_000 });

    expect(attempts).toEqual([1]);
    expect(rescues).toEqual([{ rescue: "handed_back", id }]);
  }, 30_000);

  it("is given up when it happened three times: it may be what kills them", async () => {
    const id = await enqueue();
    for (let loss = 1; loss <= 3; loss++) {
      const { kill } = await startDoomed();
      await waitFor(isActive);
      await kill();
      await waitFor(() => rescues.length === loss, { timeoutMs: 8_000 });
    }

    expect(rescues.map(({ rescue }) => rescue)).toEqual(["handed_back", "handed_back", "given_up"]);
    expect(await stateOf(id)).toBe("lost");
  }, 45_000);

  it("may be one that it was told of and had not taken: then an idle worker is told of it", async () => {
    const { redis, keys } = deployment;
    const meta = keys.queuePart(queue.name, "meta");
    start(done);
    await waitFor(async () => String(await redis.client("LIST")).includes("cmd=bzpopmin"));

    // Nobody is told of what is added to a paused queue.
    await redis.hset(meta, "paused", 1);
    const id = await enqueue();
    await redis.hdel(meta, "paused");
    await redis.sadd(keys.beatingWorkers(queue.name), "one that was killed");

    // An idle worker looks by itself after 8 s.
    await waitFor(async () => (await stateOf(id)) === "completed", { timeoutMs: 6_000 });
    expect(rescues).toEqual([]);
  }, 30_000);

  it("stays where it is while its worker lives, and while that one drains", async () => {
    await enqueue();
    let release!: () => void;
    const released = new Promise<void>((resolve) => (release = resolve));
    const worker = startTestWorker({
      queue: queue.name,
      keys: deployment.keys,
      redis: deployment.redis,
      graceMs: 20_000,
      process: () => released.then(() => ({ kind: "done" as const })),
    });
    await waitFor(isActive);

    // A worker that drains has no connection that waits for more.
    const stopped = worker.stop();
    const { redis, keys } = deployment;
    const [workerId = ""] = await redis.smembers(keys.beatingWorkers(queue.name));
    const lastBeat = () => redis.pexpiretime(keys.heartbeat(queue.name, workerId));
    const firstBeat = await lastBeat();
    await waitFor(async () => (await lastBeat()) - firstBeat > 3000, { timeoutMs: 10_000 });
    release();
    await stopped;

    expect(rescues).toEqual([]);
  }, 30_000);
});
