import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { audioOf, openTestStore, TENANT, type TestStore } from "../../../../tests/support/test-store.ts";
import { seededRandom } from "../../../../tests/support/seeded-random.ts";
import type { Job } from "@herald/shared/jobs/job";
import { complete } from "@herald/shared/jobs/status";
import { createUpkeepStore, type UpkeepStore } from "./upkeep-store.ts";

let store: TestStore;
let upkeep: UpkeepStore;

beforeEach(() => {
  store = openTestStore();
  upkeep = createUpkeepStore(store.redis, store.keys);
});
afterEach(() => store.close());

const refOf = (job: Job) => ({ tenant: TENANT, jobId: job.id });
const START = Date.now() + 3_600_000;

async function completed(bytes: number, expiresAt = START): Promise<Job> {
  const job = await store.createAndClaim({ request: { webhookUrl: null } });
  const audio = { ...audioOf(job), bytes, expiresAt };
  await store.finishJob(job, complete(job, { audio, segments: 1 }, new Date()));
  return job;
}

/** To its end, however many steps that takes. */
async function recount(batch: number): Promise<number> {
  let wrong: number | null = null;
  while (wrong === null) wrong = await upkeep.recountAudio(batch);
  return wrong;
}

describe("the bytes of stored audio", () => {
  it("grow with the commit that publishes some, once, however often it is sent", async () => {
    const job = await store.createAndClaim({ request: { webhookUrl: null } });
    const ending = complete(job, { audio: { ...audioOf(job), bytes: 700 }, segments: 1 }, new Date());
    await store.finishJob(job, ending);
    await store.finishJob(job, ending);
    await completed(50);

    expect(await upkeep.audioBytes()).toBe(750);
  });

  it("shrink when some is out of storage, once", async () => {
    const job = await completed(700);
    await completed(50);

    await Promise.all([upkeep.forgetAudio(refOf(job)), upkeep.forgetAudio(refOf(job))]);

    expect(await upkeep.audioBytes()).toBe(50);
  });

  it.each(["before its audio is forgotten", "after it"])(
    "shrink once when a record is purged %s",
    async (when) => {
      const job = await completed(700);
      await completed(50);
      if (when === "after it") await upkeep.forgetAudio(refOf(job));

      expect(await upkeep.purge(refOf(job))).toBe("purged");
      await upkeep.forgetAudio(refOf(job));

      expect(await upkeep.audioBytes()).toBe(50);
    },
  );
});

describe("a recount", () => {
  it.each([1, 2, 500])(
    "mends a count that is wrong, %i at a time, and says by how much it was",
    async (batch) => {
      for (const bytes of [10, 200, 3000]) await completed(bytes, START + bytes);
      await store.redis.incrby(store.keys.audioBytes, 77);

      expect(await recount(batch)).toBe(77);

      expect(await upkeep.audioBytes()).toBe(3210);
      expect(await recount(batch)).toBe(0);
    },
  );

  it("counts what an earlier version stored and did not count", async () => {
    await completed(700);
    await store.redis.del(store.keys.audioBytes);

    expect(await recount(500)).toBe(-700);

    expect(await upkeep.audioBytes()).toBe(700);
  });

  it("does not stumble over a record that is gone or broken", async () => {
    const [gone, broken] = [await completed(1), await completed(2)];
    await completed(40);
    await store.redis.del(store.keys.job(TENANT, gone.id));
    await store.redis.hset(store.keys.job(TENANT, broken.id), "audio", "{");

    await recount(1);

    expect(await upkeep.audioBytes()).toBe(40);
  });

  const seed = Date.now() % 2 ** 31;
  it(`is right although audio comes and goes between its steps (seed ${seed})`, async () => {
    const random = seededRandom(seed);
    const below = (most: number): number => Math.floor(random() * most);
    const there = new Map<string, { job: Job; bytes: number }>();
    const add = async (): Promise<void> => {
      const bytes = 1 + below(1000);
      const job = await completed(bytes, START + below(20));
      there.set(job.id, { job, bytes });
    };
    for (let i = 0; i < 20; i++) await add();

    for (let finished = 0; finished < 5;) {
      if (below(2) === 0) await add();
      const victim = [...there.values()][below(there.size)];
      if (below(2) === 0 && victim !== undefined) {
        await upkeep.forgetAudio(refOf(victim.job));
        there.delete(victim.job.id);
      }
      const wrong = await upkeep.recountAudio(3);
      if (wrong === null) continue;
      expect(wrong).toBe(0);
      finished++;
    }

    expect(await upkeep.audioBytes()).toBe([...there.values()].reduce((sum, { bytes }) => sum + bytes, 0));
  });
});
