import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import type { DeliveryEntry } from "@herald/queue/queues/entries";
import { createDeliveryQueue } from "@herald/queue/queues/queues";
import type { WorkQueue } from "@herald/queue/queues/work-queue";
import { createSealer } from "@herald/shared/signing/sealer";
import type { Delivery } from "@herald/webhooks/deliveries/delivery-record";
import {
  createEndpointLimiter,
  type EndpointLimits,
  type Observation,
} from "@herald/webhooks/limiter/endpoint-limiter";
import type { Stoppable } from "@herald/shared/stoppable";
import { attemptOf } from "../../../tests/support/attempts.ts";
import { openTestDeployment, type TestDeployment } from "../../../tests/support/test-redis.ts";
import { startTestWorker } from "../../../tests/support/test-worker.ts";
import { waitFor } from "../../../tests/support/wait.ts";
import { withPermit } from "./with-permit.ts";

const LIMITS: EndpointLimits = { maxInFlight: 2, maxPerSecond: 0, leaseMs: 15_000 };
const SLOTS = 4;
const DELIVERED: Observation = { verdict: "delivered", pauseMs: null };

/** Nobody recorded it: permits are taken all the same. */
const DELIVERY: Delivery = {
  deliveryId: "evt_1",
  eventId: "evt_1",
  endpointId: "url_1",
  jobId: null,
  tenant: "acme",
  type: "job.completed",
  url: "https://receiver.example/hook",
  body: "{}",
  status: "pending",
  createdAt: new Date(),
  nextAttemptAt: null,
  reason: null,
  requestId: "req-1",
  earlierAttempts: 0,
  attemptsMade: 0,
  dueSince: new Date(),
};

let deployment: TestDeployment;
let queue: WorkQueue<DeliveryEntry>;
let workers: Stoppable[];
beforeEach(() => {
  deployment = openTestDeployment();
  const { redis, keys } = deployment;
  queue = createDeliveryQueue({ redis, prefix: keys.queuePrefix, retryDelaysMs: [2_000] });
  workers = [];
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  await queue.stop();
  await deployment.close();
});

type Attempted = (endpointId: string, id: string) => Promise<Observation>;

function start(attempt: Attempted, limits: Partial<EndpointLimits> = {}) {
  const { redis, keys } = deployment;
  const snoozed: string[] = [];
  const attempts: number[] = [];
  const deps = {
    limiter: createEndpointLimiter({
      redis,
      keys,
      limits: { ...LIMITS, ...limits },
      sealer: createSealer([Buffer.alloc(32, 1)]),
      now: Date.now,
    }),
    now: Date.now,
    random: Math.random,
    onError: (error: unknown) => {
      throw error;
    },
    onSnoozed: (reason: string) => {
      snoozed.push(reason);
    },
    onBreaker: () => undefined,
  };
  workers.push(
    startTestWorker<DeliveryEntry>({
      queue: queue.name,
      keys,
      redis,
      concurrency: SLOTS,
      process: ({ id, entry, number }) =>
        withPermit({ ...entry, deliveryId: id }, deps, async (permit) => {
          attempts.push(number);
          const observation = await attempt(entry.endpointId, id);
          await permit.release(observation, {
            delivery: { ...DELIVERY, ...entry },
            attempt: attemptOf(),
            status: "delivered",
            nextAttemptAt: null,
          });
          return { kind: "done" };
        }),
    }),
  );
  return { snoozed, attempts };
}

async function enqueue(endpointId: string, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  for (const id of ids) {
    const entry = { tenant: "acme", jobId: id, eventId: id, deliveryId: id, endpointId, requestId: "req-1" };
    await queue.add(id, entry);
  }
  return ids;
}

const ended = async (ids: readonly string[]) => {
  const states = await queue.statesOf(ids);
  return states.filter((state) => state === "completed").length;
};

it("keeps slots for others while an endpoint does not answer, and sends the rest once it does", async () => {
  let release!: () => void;
  const answered = new Promise<void>((resolve) => (release = resolve));
  const silent = await enqueue("silent", 20);
  const healthy = await enqueue("healthy", 20);
  let [underWay, most] = [0, 0];

  const { attempts } = start(async (endpointId) => {
    if (endpointId === "silent") {
      most = Math.max(most, ++underWay);
      await answered;
      underWay--;
    }
    return DELIVERED;
  });
  await waitFor(async () => (await ended(healthy)) === healthy.length);
  expect(await ended(silent)).toBe(0);
  release();
  await waitFor(async () => (await ended(silent)) === silent.length);

  expect(most).toBe(LIMITS.maxInFlight);
  expect(attempts).toEqual(Array.from({ length: 40 }, () => 1));
});

it("makes a delivery that waits look for its turn no more than once", async () => {
  let release!: () => void;
  const answered = new Promise<void>((resolve) => (release = resolve));
  const silent = await enqueue("silent", 50);

  const { snoozed } = start(async () => {
    await answered;
    return DELIVERED;
  });
  await waitFor(() => snoozed.length === silent.length - LIMITS.maxInFlight);
  release();
  await waitFor(async () => (await ended(silent)) === silent.length);

  expect(snoozed).toEqual(Array.from({ length: 48 }, () => "in_flight"));
});

it("holds a rate over all that arrives", async () => {
  const ids = await enqueue("busy", 30);
  const at: number[] = [];

  start(
    () => {
      at.push(Date.now());
      return Promise.resolve(DELIVERED);
    },
    { maxPerSecond: 20 },
  );
  await waitFor(async () => (await ended(ids)) === ids.length);

  // Twenty at once, and ten more at twenty a second.
  expect((at.at(-1) ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(450);
});

it("leaves the place of an attempt that throws to the next", async () => {
  const ids = await enqueue("faulty", 6);
  let thrown = 0;

  start(() => {
    if (thrown++ < 2) throw new Error("a mistake of ours");
    return Promise.resolve(DELIVERED);
  });
  await waitFor(async () => (await ended(ids)) === ids.length);

  expect(thrown).toBe(8);
});
