import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { openTestDeployment, type TestDeployment } from "../../../../tests/support/test-redis.ts";
import { freePort, waitFor } from "../../../../tests/support/wait.ts";
import type { Logger } from "@herald/platform/logging/logger";
import type { DeliveryEntry } from "../queues/entries.ts";
import { createDeliveryQueue } from "../queues/queues.ts";
import type { WorkQueue } from "../queues/work-queue.ts";
import { countWorkers } from "./presence.ts";
import {
  openWorkerBase,
  startWorkerProcess,
  type WorkerProcess,
  type WorkerProcessOptions,
} from "./worker-process.ts";

const SILENT: Logger = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
};

let deployment: TestDeployment;
let queue: WorkQueue<DeliveryEntry>;
let port: number;
let calls: string[];
let starting: Promise<WorkerProcess> | undefined;

beforeEach(async () => {
  deployment = openTestDeployment();
  const { redis, keys } = deployment;
  queue = createDeliveryQueue({ redis, prefix: keys.queuePrefix, retryDelaysMs: [20] });
  port = await freePort();
  [calls, starting] = [[], undefined];
});

afterEach(async () => {
  await (await starting)?.stop();
  await queue.stop();
  await deployment.close();
});

const part = (name: string) => ({
  stop: () => {
    calls.push(`${name} stopped`);
    return Promise.resolve();
  },
});

function start(options: Partial<WorkerProcessOptions<DeliveryEntry>> = {}): Promise<WorkerProcess> {
  const settings = { REDIS_URL: deployment.url, ALLOW_EVICTION: true, HERALD_TAG: "unused" };
  const base = openWorkerBase({ name: "webhook-worker", settings, logger: SILENT });
  starting = startWorkerProcess({
    settings: { HOST: "127.0.0.1", HEALTH_PORT: port, SHUTDOWN_GRACE: 2_000, WORKER_STUCK_AFTER: 60_000 },
    base: { ...base, keys: deployment.keys },
    queue: queue.name,
    concurrency: 1,
    process: () => Promise.resolve({ kind: "done" }),
    metrics: { onLoss: () => undefined, occupying: (process) => process },
    parts: [part("first part"), part("second part")],
    ...options,
  });
  return starting;
}

async function enqueue(): Promise<void> {
  const id = randomUUID();
  const names = { jobId: id, eventId: id, deliveryId: id, endpointId: "url_1" };
  await queue.add(id, { tenant: "acme", ...names, requestId: "req-1" });
}

async function ready(): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}/health/ready`);
  return response.json();
}

const present = () => countWorkers(deployment.redis, deployment.keys, queue.name);

it("tells of its health while it prepares, and takes nothing until it has", async () => {
  let prepared!: () => void;
  const preparing = new Promise<void>((resolve) => (prepared = resolve));
  await enqueue();
  const running = start({
    checks: { storage: () => Promise.resolve() },
    process: () => {
      calls.push("processed");
      return Promise.resolve({ kind: "done" });
    },
    prepare: () => preparing.then(() => []),
  });

  await waitFor(() =>
    ready().then(
      () => true,
      () => false,
    ),
  );
  expect(await ready()).toEqual({
    status: "unavailable",
    checks: { redis: "ok", storage: "ok", worker: "unavailable" },
  });
  expect([calls, await present()]).toEqual([[], 0]);

  prepared();
  await running;
  await waitFor(() => calls.includes("processed"));
  expect(await ready()).toMatchObject({ status: "ready", checks: { worker: "ok" } });
  await waitFor(async () => (await present()) === 1);
});

it("says goodbye, finishes what it has, and only then stops what that needs, the last one first", async () => {
  await enqueue();
  let finish!: () => void;
  const finishing = new Promise<void>((resolve) => (finish = resolve));
  const running = await start({
    process: async () => {
      calls.push("begun");
      await finishing;
      calls.push("finished");
      return { kind: "done" };
    },
    prepare: () => Promise.resolve([part("prepared part")]),
  });
  await waitFor(() => calls.includes("begun"));

  const stopped = running.stop();
  await waitFor(async () => (await present()) === 0);
  expect(calls).toEqual(["begun"]);
  finish();
  await stopped;

  expect(calls).toEqual([
    "begun",
    "finished",
    "prepared part stopped",
    "second part stopped",
    "first part stopped",
  ]);
});

it("fails for the reasons that it was given", async () => {
  const reason = new Error("a key does not open what is sealed");

  const running = await start({ failed: [Promise.resolve(reason)] });

  expect(await running.failed).toBe(reason);
});
