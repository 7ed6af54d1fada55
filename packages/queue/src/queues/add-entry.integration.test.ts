import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { Queue } from "bullmq";
import { openTestDeployment, type TestDeployment } from "../../../../tests/support/test-redis.ts";
import { contentsOf } from "../../../../tests/support/queue-contents.ts";
import { queueNames } from "./entries.ts";
import { createSynthesisQueue } from "./queues.ts";
import { createScript, runScript } from "@herald/platform/redis/script";
import { ADD_ENTRY, queueKey, queueOfKey } from "./add-entry.ts";

const SCRIPT = createScript(`
${queueOfKey(1)}${ADD_ENTRY}
addEntry(queue, cjson.decode(ARGV[1]), tonumber(ARGV[2]))
return 0
`);
const PRIORITY = 7;
const SCORE = PRIORITY * 2 ** 32 + 1;

let ours: TestDeployment;
let bulls: TestDeployment;

beforeEach(() => {
  [ours, bulls] = [openTestDeployment(), openTestDeployment()];
});
afterEach(() => Promise.all([ours.close(), bulls.close()]));

const queueOf = ({ redis, keys }: TestDeployment) =>
  createSynthesisQueue({ redis, prefix: keys.queuePrefix, attempts: 3 });

const entryOf = (jobId: string) => ({ tenant: "acme", jobId, requestId: "req-1" });

async function addByScript(id: string): Promise<void> {
  const queue = queueOf(ours);
  await runScript(ours.redis, SCRIPT, {
    keys: [queueKey(ours.keys, queueNames.synthesis)],
    args: [JSON.stringify(queue.describe(id, entryOf(id))), String(SCORE)],
  });
  await queue.stop();
}

async function addByBull(id: string): Promise<void> {
  const queue = queueOf(bulls);
  await queue.add(id, entryOf(id), { priority: PRIORITY });
  await queue.stop();
}

it.each(["a queue that works", "a paused queue", "a queue that has as many at work as it may"])(
  "leaves %s as BullMQ's own way of adding does",
  async (state) => {
    const id = randomUUID();
    for (const { redis, keys } of [ours, bulls]) {
      const meta = keys.queuePart("synthesis", "meta");
      await redis.hset(meta, "opts.maxLenEvents", 1000, "version", "bullmq:6.7.0");
      if (state.startsWith("a paused")) await redis.hset(meta, "paused", 1);
      if (state.includes("as many")) {
        await redis.hset(meta, "concurrency", 1);
        await redis.lpush(keys.queuePart("synthesis", "active"), "another");
      }
    }

    await addByScript(id);
    await addByBull(id);

    const expected = await contentsOf(bulls);
    expect(expected).toHaveProperty([`:synthesis:prioritized`], [id, String(SCORE)]);
    expect(await contentsOf(ours)).toEqual(expected);
  },
);

it("leaves an entry that is there as it is", async () => {
  const id = randomUUID();
  await addByScript(id);
  const before = await contentsOf(ours);

  await addByScript(id);

  expect(await contentsOf(ours)).toEqual(before);
});

it("is read by BullMQ as an entry of that priority", async () => {
  const id = randomUUID();
  await addByScript(id);
  const queue = new Queue("synthesis", { connection: ours.redis, prefix: ours.keys.queuePrefix });

  const entry = await queue.getJob(id);

  expect(entry).toMatchObject({ id, data: entryOf(id), priority: PRIORITY, opts: { attempts: 3 } });
  expect(await entry?.getState()).toBe("prioritized");
  await queue.close();
});
