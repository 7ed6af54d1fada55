import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { Job, Queue } from "bullmq";
import { contentsOf } from "../../../../tests/support/queue-contents.ts";
import { openTestDeployment, type TestDeployment } from "../../../../tests/support/test-redis.ts";
import { queueNames } from "./entries.ts";
import { createDeliveryQueue } from "./queues.ts";
import { createScript, runScript } from "@herald/platform/redis/script";
import { queueKey, queueOfKey } from "./add-entry.ts";
import { WAKE_ENTRY } from "./wake-entry.ts";

const NAME = queueNames.webhookDelivery;
const WAKE = createScript(`${queueOfKey(1)}${WAKE_ENTRY} wakeEntry(queue, ARGV[1])`);
const WAKE_AT = createScript(
  `${queueOfKey(1)}${WAKE_ENTRY} wakeEntryAt(queue, ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]))`,
);
const LATER_MS = 3_600_000;

let ours: TestDeployment;
let bulls: TestDeployment;

beforeEach(() => {
  [ours, bulls] = [openTestDeployment(), openTestDeployment()];
});
afterEach(() => Promise.all([ours.close(), bulls.close()]));

const run = (script: typeof WAKE, ...args: string[]) =>
  runScript(ours.redis, script, { keys: [queueKey(ours.keys, NAME)], args });

async function delay({ redis, keys }: TestDeployment, id: string): Promise<void> {
  const queue = createDeliveryQueue({ redis, prefix: keys.queuePrefix, retryDelaysMs: [] });
  const names = { eventId: id, deliveryId: id, endpointId: "url_1" };
  await queue.add(id, { tenant: "acme", jobId: id, ...names, requestId: "req-1" }, { delay: 60_000 });
  await queue.stop();
}

async function withBull(id: string, act: (entry: Job) => Promise<void>): Promise<void> {
  const queue = new Queue(NAME, {
    connection: bulls.redis,
    prefix: bulls.keys.queuePrefix,
    streams: { events: { maxLen: 1000 } },
  });
  await act(new Job(queue, NAME, {}, {}, id));
  await queue.close();
}

it.each(["a queue that works", "a paused queue", "a queue that has as many at work as it may"])(
  "lets a delayed entry of %s go as BullMQ's own promotion does",
  async (state) => {
    const id = randomUUID();
    for (const deployment of [ours, bulls]) {
      const { redis, keys } = deployment;
      await delay(deployment, id);
      const meta = keys.queuePart(NAME, "meta");
      if (state.startsWith("a paused")) await redis.hset(meta, "paused", 1);
      if (state.includes("as many")) {
        await redis.hset(meta, "concurrency", 1);
        await redis.lpush(keys.queuePart(NAME, "active"), "another");
      }
    }

    await run(WAKE, id);
    await withBull(id, (entry) => entry.promote());

    const expected = await timeless(bulls);
    expect(expected).toHaveProperty([`:${NAME}:wait`], [id]);
    expect(await timeless(ours)).toEqual(expected);
  },
);

it("puts an entry off to a time as BullMQ's own change of its delay does", async () => {
  const id = randomUUID();
  await Promise.all([delay(ours, id), delay(bulls, id)]);
  const now = Date.now();

  await run(WAKE_AT, id, String(now + LATER_MS), String(now));
  await withBull(id, (entry) => entry.changeDelay(LATER_MS));

  const scoreIn = async ({ redis, keys }: TestDeployment, part: "delayed" | "marker", member: string) =>
    Number(await redis.zscore(keys.queuePart(NAME, part), member));
  // BullMQ keeps twelve bits beside the time, for the order within one millisecond.
  expect((await scoreIn(ours, "delayed", id)) / 4096).toBe(now + LATER_MS);
  expect(await scoreIn(ours, "marker", "1")).toBe(now + LATER_MS);
  expect(await timeless(ours)).toEqual(await timeless(bulls));
});

it.each([
  ["waits", (id: string) => run(WAKE, id)],
  ["is gone", (id: string) => ours.redis.zrem(ours.keys.queuePart(NAME, "delayed"), id)],
])("leaves an entry alone that is not delayed any more: it %s", async (_case, move) => {
  const id = randomUUID();
  await delay(ours, id);
  await move(id);
  const before = await contentsOf(ours);

  await run(WAKE, id);
  await run(WAKE_AT, id, String(Date.now()), String(Date.now()));

  expect(await contentsOf(ours)).toEqual(before);
});

/** Without the times, which the two cannot share. */
async function timeless(deployment: TestDeployment): Promise<unknown> {
  const text = JSON.stringify(await contentsOf(deployment));
  return JSON.parse(text.replaceAll(/(?<![\w-])\d{13,16}(\.\d+)?(?![\w-])/g, "time")) as unknown;
}
