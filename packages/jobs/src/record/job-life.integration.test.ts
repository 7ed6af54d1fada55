import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Queue, Worker } from "bullmq";
import fc from "fast-check";
import { anyStep, runToTheEnd } from "../../../../tests/support/job-life/steps.ts";
import { emptyWorld, isOver, type Place, type World } from "../../../../tests/support/job-life/world.ts";
import { openTestStore } from "../../../../tests/support/test-store.ts";

const RUNS = 1000;

let place: Place;
let close: () => Promise<void>;

beforeAll(() => {
  const store = openTestStore();
  const options = { connection: store.redis, prefix: store.keys.queuePrefix };
  const queue = new Queue(store.synthesis.name, options);
  // Its lock outlives every run: an entry stalls when the model says so.
  const worker = new Worker(store.synthesis.name, null, {
    ...options,
    autorun: false,
    lockDuration: 600_000,
  });
  place = {
    store,
    take: (token) => worker.getNextJob(token, { block: false }),
    async promoteDelayed() {
      const delayed = await queue.getDelayed();
      await Promise.all(delayed.map((entry) => entry.promote()));
    },
  };
  close = async () => {
    await worker.close();
    await queue.close();
    await store.close();
  };
});
afterAll(() => close());

/** Every run begins with nothing. */
async function forgetAll({ store: { redis, keys } }: Place): Promise<void> {
  const left = await redis.keys(`${keys.queuePrefix}:*`);
  if (left.length > 0) await redis.unlink(left);
}

describe("create, claim, commit, cancel, stall and retry in any order", () => {
  it(`keep every promise after each step, and every job reaches one end: ${RUNS} interleavings`, async () => {
    const steps = fc.commands([...anyStep], { maxCommands: 30, size: "max" });
    const interleaving = fc.asyncProperty(steps, async (commands) => {
      await forgetAll(place);
      const world: World = emptyWorld();
      await fc.asyncModelRun(() => ({ model: world, real: place }), commands);
      await runToTheEnd(world, place);
      const open = [...world.jobs.values()].filter(({ status, hasEntry }) => !isOver(status) || hasEntry);
      expect(open).toEqual([]);
    });
    await fc.assert(interleaving, { numRuns: RUNS });
  }, 300_000);
});
