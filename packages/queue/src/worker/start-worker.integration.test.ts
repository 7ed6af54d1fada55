import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Queue } from "bullmq";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { startSeverableProxy } from "../../../../tests/support/severable-proxy.ts";
import { openTestDeployment, type TestDeployment } from "../../../../tests/support/test-redis.ts";
import { waitFor } from "../../../../tests/support/wait.ts";
import type { DeliveryEntry } from "../queues/entries.ts";
import { createDeliveryQueue } from "../queues/queues.ts";
import type { WorkQueue } from "../queues/work-queue.ts";
import { connectPatiently } from "@herald/platform/redis/connect";
import type { Stoppable } from "@herald/shared/stoppable";
import {
  startWorker,
  type Attempt,
  type Processor,
  type RunningWorker,
  type WorkerOptions,
} from "./start-worker.ts";

let deployment: TestDeployment;
let queue: WorkQueue<DeliveryEntry>;
let bull: Queue;
let started: Stoppable[];

beforeEach(() => {
  deployment = openTestDeployment();
  const { redis, keys } = deployment;
  queue = createDeliveryQueue({ redis, prefix: keys.queuePrefix, retryDelaysMs: [20, 40, 90] });
  bull = new Queue(queue.name, { connection: redis, prefix: keys.queuePrefix });
  started = [];
});
afterEach(async () => {
  await Promise.all(started.map((part) => part.stop()));
  await bull.close();
  await queue.stop();
  await deployment.close();
});

function start(
  process: Processor<DeliveryEntry>,
  options: Partial<WorkerOptions<DeliveryEntry>> = {},
): RunningWorker {
  const worker = startWorker({
    queue: queue.name,
    keys: deployment.keys,
    redis: deployment.redis,
    concurrency: 1,
    retryDelaysMs: [20, 40, 90],
    graceMs: 2_000,
    workerId: randomUUID(),
    stuckAfterMs: 60_000,
    onError: () => undefined,
    process,
    ...options,
  });
  started.push(worker);
  return worker;
}

/** As if all entries of that state had ended so many milliseconds earlier. */
async function age(state: "completed" | "failed", ms: number): Promise<void> {
  const key = `${deployment.keys.queuePrefix}:${queue.name}:${state}`;
  for (const id of await deployment.redis.zrange(key, "0", "-1"))
    await deployment.redis.zincrby(key, -ms, id);
}

async function enqueue(options?: { priority: number }): Promise<string> {
  const id = randomUUID();
  const names = { eventId: id, deliveryId: id, endpointId: "url_1" };
  await queue.add(id, { tenant: "acme", jobId: id, ...names, requestId: "req-1" }, options);
  return id;
}

const stateOf = async (id: string) => (await queue.statesOf([id]))[0];
const done = () => Promise.resolve({ kind: "done" } as const);
const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => {
      resolve();
    });
  });

describe("an attempt that Redis does not let happen", () => {
  const refusal = "OOM command not allowed when used memory > 'maxmemory'.";

  it("is not counted, and is made again now and then until Redis does", async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, () => enqueue({ priority: 1 })));
    let asked = 0;
    let isFull = true;
    const errors: string[] = [];
    const startedAt = performance.now();

    start(
      () => {
        asked++;
        return isFull ? Promise.reject(new Error(refusal)) : done();
      },
      { concurrency: 2, onError: (error) => errors.push(error.message) },
    );
    // As often as the entries there are: at full speed that is a matter of milliseconds.
    await waitFor(() => asked >= ids.length);
    const tookMs = performance.now() - startedAt;
    isFull = false;
    await waitFor(async () => (await Promise.all(ids.map(stateOf))).every((state) => state === "completed"));

    expect(tookMs).toBeGreaterThan(250);
    expect(errors).toEqual(Array(asked - ids.length).fill(refusal));
    const entries = await Promise.all(ids.map((id) => bull.getJob(id)));
    expect(entries.map((entry) => entry?.attemptsMade)).toEqual(ids.map(() => 1));
  });

  it("gives nothing to a worker that its owner holds, when the moment is over", async () => {
    await enqueue();
    let asked = 0;
    const worker = start(() => {
      asked++;
      worker.hold(true);
      return Promise.reject(new Error(refusal));
    });
    await waitFor(() => asked === 1);

    await sleep(600);
    expect(asked).toBe(1);

    worker.hold(false);
    await waitFor(() => asked === 2);
  });
});

describe("an attempt", () => {
  it("knows what it is about, and ends its entry when it is done", async () => {
    const id = await enqueue();
    const seen: Attempt<DeliveryEntry>[] = [];

    start((attempt) => {
      seen.push(attempt);
      return done();
    });
    await waitFor(async () => (await stateOf(id)) === "completed");

    expect(seen).toMatchObject([{ id, number: 1, isLast: false, entry: { jobId: id, tenant: "acme" } }]);
  });

  it.each(["completed", "failed"] as const)("forgets entries that had %s an hour before", async (state) => {
    const end =
      state === "completed" ? done : () => Promise.resolve({ kind: "give_up", reason: "x" } as const);
    const old = await enqueue();
    start(end);
    await waitFor(async () => (await stateOf(old)) === state);
    await age(state, 3_601_000);

    const next = await enqueue();
    await waitFor(async () => (await stateOf(next)) === state);

    expect(await stateOf(old)).toBe("missing");
  });

  it("leaves no entry when it is done, where completed ones are not kept; a failed one stays", async () => {
    const [good, bad] = [await enqueue(), await enqueue()];

    start(({ id }) => (id === good ? done() : Promise.resolve({ kind: "give_up", reason: "x" })), {
      keepsCompleted: false,
    });
    await waitFor(async () => (await stateOf(bad)) === "failed");

    expect(await stateOf(good)).toBe("missing");
  });

  it("that asks for a retry is followed by others on the schedule, until none is left", async () => {
    const id = await enqueue();
    const seen: { number: number; isLast: boolean; at: number }[] = [];

    start(({ number, isLast }) => {
      seen.push({ number, isLast, at: Date.now() });
      return Promise.resolve({ kind: "retry", reason: "status 503" });
    });
    await waitFor(async () => (await stateOf(id)) === "failed");

    expect(seen.map(({ number, isLast }) => [number, isLast])).toEqual([
      [1, false],
      [2, false],
      [3, false],
      [4, true],
    ]);
    const waits = seen.slice(1).map(({ at }, i) => at - (seen[i]?.at ?? 0));
    for (const [i, atLeast] of [20, 40, 90].entries()) expect(waits[i]).toBeGreaterThanOrEqual(atLeast);
    expect(await bull.getJob(id)).toMatchObject({ failedReason: "status 503", attemptsMade: 4 });
  });

  it("that names its own wait is followed by the next after that, and by the one after it on the schedule", async () => {
    const id = await enqueue();
    const seen: number[] = [];

    start(({ number }) => {
      seen.push(Date.now());
      return Promise.resolve({ kind: "retry", reason: "busy", ...(number === 1 && { delayMs: 300 }) });
    });
    await waitFor(() => seen.length === 3);

    const [first = 0, second = 0, third = 0] = seen;
    expect(second - first).toBeGreaterThanOrEqual(300);
    expect(third - second).toBeGreaterThanOrEqual(40);
    await waitFor(async () => (await stateOf(id)) === "failed");
  });

  it("that lost its entry before it began leaves it to whoever has it", async () => {
    const id = await enqueue();
    const lock = deployment.keys.entryLock(queue.name, id);
    const errors: Error[] = [];
    let ended = 0;

    start(
      async ({ token }) => {
        expect(await deployment.redis.get(lock)).toBe(token);
        await deployment.redis.set(lock, "another's");
        ended++;
        return { kind: "let_go" };
      },
      { onError: (error) => errors.push(error) },
    );
    await waitFor(() => ended === 1);
    await Promise.all(started.splice(0).map((worker) => worker.stop()));

    expect(await deployment.redis.get(lock)).toBe("another's");
    expect(await stateOf(id)).toBe("open");
    expect(errors).toEqual([]);
  });

  it("that is postponed uses no attempt and no slot, and is told of once it waits", async () => {
    const [id, other] = [await enqueue(), await enqueue()];
    const seen: string[] = [];
    const told: unknown[] = [];

    start(async ({ entry, number }) => {
      seen.push(`${entry.jobId === id ? "first" : "other"} ${number}`);
      if (seen.length > 1) return done();
      return Promise.resolve({
        kind: "snooze",
        delayMs: 60_000,
        onSnoozed: async () => {
          told.push(await bull.getJobState(id));
        },
      });
    });
    await waitFor(async () => (await stateOf(other)) === "completed");
    await (await bull.getJob(id))?.promote();
    await waitFor(async () => (await stateOf(id)) === "completed");

    expect(seen).toEqual(["first 1", "other 1", "first 1"]);
    expect(told).toEqual(["delayed"]);
  });

  it("that throws is tried again like one that asks for it", async () => {
    const id = await enqueue();
    let attempts = 0;

    start(() => (++attempts === 1 ? Promise.reject(new Error("unforeseen")) : done()));
    await waitFor(async () => (await stateOf(id)) === "completed");

    expect(attempts).toBe(2);
  });

  it("that gives up is the last", async () => {
    const id = await enqueue();
    let attempts = 0;

    start(() => {
      attempts++;
      return Promise.resolve({ kind: "give_up", reason: "blocked_address" });
    });
    await waitFor(async () => (await stateOf(id)) === "failed");

    expect(attempts).toBe(1);
  });
});

describe("stopping a worker", () => {
  it("lets an attempt finish that needs less than the grace", async () => {
    const id = await enqueue();
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    let running = false;
    const worker = start(async (_attempt, signal) => {
      running = true;
      await finished;
      return signal.aborted ? { kind: "hand_back" } : { kind: "done" };
    });
    await waitFor(() => running);

    const stopped = worker.stop();
    finish();
    await stopped;

    expect(await stateOf(id)).toBe("completed");
  });

  it("takes nothing new", async () => {
    let attempts = 0;
    const worker = start(() => {
      attempts++;
      return done();
    });
    await worker.stop();

    const id = await enqueue();

    expect(await stateOf(id)).toBe("open");
    expect(attempts).toBe(0);
  });

  it("hands an interrupted attempt back unused, ahead of what waits, and another worker takes it first", async () => {
    const first = await enqueue();
    let running = false;
    const worker = start(
      async (_attempt, signal) => {
        running = true;
        await aborted(signal);
        return { kind: "hand_back" };
      },
      { graceMs: 50 },
    );
    await waitFor(() => running);
    const second = await enqueue();
    await worker.stop();

    expect(await bull.getJob(first)).toMatchObject({ attemptsMade: 0 });
    const seen: [string, number][] = [];
    start(({ id, number }) => {
      seen.push([id, number]);
      return done();
    });
    await waitFor(async () => (await stateOf(second)) === "completed");
    expect(seen).toEqual([
      [first, 1],
      [second, 1],
    ]);
  });

  it("twice is once", async () => {
    const worker = start(done);

    await Promise.all([worker.stop(), worker.stop()]);
    await worker.stop();

    expect(await bull.getWorkersCount()).toBe(0);
  });

  it("leaves no connection open but the one it was given", async () => {
    const proxy = await startSeverableProxy(deployment.url);
    const redis = connectPatiently(proxy.url, () => undefined);
    let attempts = 0;
    const worker = start(
      () => {
        attempts++;
        return done();
      },
      { redis },
    );
    await enqueue();
    await waitFor(() => attempts === 1);
    expect(proxy.connections()).toBeGreaterThan(1);

    await worker.stop();

    await waitFor(() => proxy.connections() === 1);
    expect(await redis.ping()).toBe("PONG");
    redis.disconnect();
    await proxy.close();
  });

  it("does not wait for an attempt that ignores its signal", async () => {
    await enqueue();
    let running = false;
    let finish = (): void => undefined;
    const worker = start(
      () =>
        new Promise((resolve) => {
          running = true;
          finish = () => {
            resolve({ kind: "done" });
          };
        }),
      { graceMs: 50 },
    );
    await waitFor(() => running);

    const startedAt = performance.now();
    await worker.stop();

    expect(performance.now() - startedAt).toBeLessThan(5_000);
    finish();
  });

  it("ends within its deadline when Redis is away, idle or busy", async () => {
    const proxy = await startSeverableProxy(deployment.url);
    const redis = connectPatiently(proxy.url, () => undefined);
    await enqueue();
    let running = false;
    const busy = start(
      async (_attempt, signal) => {
        running = true;
        await aborted(signal);
        await redis.ping(); // Whatever an attempt does last, it needs Redis for it.
        return { kind: "hand_back" };
      },
      { redis, graceMs: 100 },
    );
    await waitFor(() => running);
    const idle = start(done, { redis, graceMs: 100 });

    proxy.sever();
    const startedAt = performance.now();
    await Promise.all([busy.stop(), idle.stop()]);

    expect(performance.now() - startedAt).toBeLessThan(5_000);
    redis.disconnect();
    await proxy.close();
  });
});

describe("an entry with a priority that was handed back", () => {
  it("is taken at once by a worker that waits, ahead of its peers and with no attempt used", async () => {
    const ids = [await enqueue({ priority: 2 }), await enqueue({ priority: 2 })];
    const seen: { id: string; number: number }[] = [];
    let waiting = false;
    const leaving = start(
      async (_attempt, signal) => {
        waiting = true;
        await aborted(signal);
        return { kind: "hand_back" };
      },
      { graceMs: 50 },
    );
    await waitFor(() => waiting);
    await leaving.stop();

    start(({ id, number }) => {
      seen.push({ id, number });
      return done();
    });
    await waitFor(() => seen.length === 2);

    expect(seen).toEqual(ids.map((id) => ({ id, number: 1 })));
  });

  it("wakes a worker that found nothing to do", async () => {
    let waiting = false;
    const leaving = start(
      async (_attempt, signal) => {
        waiting = true;
        await aborted(signal);
        return { kind: "hand_back" };
      },
      { graceMs: 50 },
    );
    const id = await enqueue({ priority: 2 });
    await waitFor(() => waiting);
    const idle = start(done);
    await waitFor(async () => (await bull.getWorkersCount()) === 2);

    await leaving.stop();

    // A worker that nobody wakes looks again after 5 s.
    await waitFor(async () => (await stateOf(id)) === "completed", { timeoutMs: 3_000 });
    expect(idle.stuck()).toBeNull();
  });
});

describe("a lost worker", () => {
  it("loses its lock, is told so, and another worker runs the job again with no attempt used", async () => {
    const proxy = await startSeverableProxy(deployment.url);
    const cutOff = connectPatiently(proxy.url, () => undefined);
    const id = await enqueue();
    const seen: string[] = [];
    let reason: unknown;
    start(
      async (_attempt, signal) => {
        seen.push("lost");
        await aborted(signal);
        reason = signal.reason;
        return { kind: "hand_back" };
      },
      { redis: cutOff },
    );
    await waitFor(() => seen.length === 1);

    proxy.sever();
    start(({ number }) => {
      seen.push(`taken over as attempt ${number}`);
      return done();
    });
    await waitFor(async () => (await stateOf(id)) === "completed", { timeoutMs: 20_000 });
    proxy.mend();
    await waitFor(() => reason !== undefined, { timeoutMs: 15_000 });

    expect(seen).toEqual(["lost", "taken over as attempt 1"]);
    expect(reason).toBe("lock lost");
    expect(await stateOf(id)).toBe("completed");
    await started[0]?.stop();
    cutOff.disconnect();
    await proxy.close();
  }, 45_000);
});

describe("a worker that takes nothing", () => {
  it("is stuck while jobs wait, says so, then gives up", async () => {
    // Another worker holds all that the queue gives out: what waits stays, and this one is given nothing.
    await bull.setGlobalConcurrency(1);
    await enqueue();
    let release!: () => void;
    const released = new Promise<void>((resolve) => (release = resolve));
    const holder = start(() => released.then(done));
    await waitFor(async () => (await queue.counts())["active"] === 1);
    const worker = start(done, { stuckAfterMs: 300 });
    expect(worker.stuck()).toBeNull();

    await enqueue();
    await waitFor(() => worker.stuck() !== null);

    expect(worker.stuck()).toMatch(/jobs wait in webhook-delivery.*300 ms/);
    expect(await worker.failed).toBeInstanceOf(Error);
    expect(holder.stuck()).toBeNull();
    release();
  });
});

describe("a worker that is held", () => {
  it("takes nothing, does not count as stuck for that, and goes on when it is let go", async () => {
    const taken: string[] = [];
    const worker = start(
      ({ id }) => {
        taken.push(id);
        return Promise.resolve({ kind: "done" });
      },
      { stuckAfterMs: 200 },
    );
    const first = await enqueue();
    await waitFor(() => taken.length === 1);

    worker.hold(true);
    const raced = await enqueue(); // It may have asked for one before it was told.
    const second = await enqueue();
    await expect(
      waitFor(() => worker.stuck() !== null || taken.includes(second), { timeoutMs: 600 }),
    ).rejects.toThrow("in vain");
    worker.hold(false);

    await waitFor(() => taken.length === 3);
    expect(taken).toEqual([first, raced, second]);
  });

  it("takes nothing any more when it is let go while it stops", async () => {
    const taken: string[] = [];
    let release!: () => void;
    const released = new Promise<void>((resolve) => (release = resolve));
    const worker = start(
      ({ id }) => {
        taken.push(id);
        return released.then(done);
      },
      { concurrency: 2 },
    );
    const first = await enqueue();
    await waitFor(() => taken.length === 1);
    worker.hold(true);
    const stopped = worker.stop();

    worker.hold(false);
    await enqueue();
    await expect(waitFor(() => taken.length > 1, { timeoutMs: 300 })).rejects.toThrow("in vain");
    release();
    await stopped;

    expect(taken).toEqual([first]);
  });
});
