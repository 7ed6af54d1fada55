import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { Job } from "@herald/shared/jobs/job";
import { complete } from "@herald/shared/jobs/status";
import { openTestHousekeeping, type TestHousekeeping } from "../../../../tests/support/test-housekeeping.ts";
import { audioOf } from "../../../../tests/support/test-store.ts";
import { expireEarly } from "./expire-early.ts";

let house: TestHousekeeping;
let completions = 0;

beforeEach(async () => {
  house = await openTestHousekeeping();
  completions = 0;
});
afterEach(() => house.close());

/** With an audio of 100 bytes in storage, which expires a second after that of the job before. */
async function completed(): Promise<Job> {
  const job = await house.createAndClaim();
  const audio = { ...audioOf(job), bytes: 100, expiresAt: Date.now() + 3_600_000 + 1000 * completions++ };
  await house.storage.put(audio.key, Readable.from([Buffer.alloc(100)]));
  await house.finishJob(job, complete(job, { audio, segments: 1 }, new Date()));
  return house.reread(job);
}

async function completeTen(): Promise<readonly Job[]> {
  const jobs: Job[] = [];
  for (let i = 0; i < 10; i++) jobs.push(await completed());
  return jobs;
}

const keyOf = (job: Job | undefined) => job?.audio?.key ?? "";
const stored = (jobs: readonly Job[]) => Promise.all(jobs.map((job) => house.has(keyOf(job))));

describe("audio under a quota", () => {
  it("expires before its time when the quota is used up, the oldest first, until there is room", async () => {
    const jobs = await completeTen();

    expect(await expireEarly(house, 1000)).toBe(2);

    expect(await stored(jobs)).toEqual([false, false, ...Array<boolean>(8).fill(true)]);
    expect(await house.upkeep.audioBytes()).toBe(800);
  });

  it("says of itself what it says when it expires in time", async () => {
    const [oldest] = await completeTen();

    await expireEarly(house, 1000);

    expect(oldest && (await house.reread(oldest))).toMatchObject({
      status: "completed",
      audioExpired: true,
      audio: oldest?.audio,
    });
  });

  it("is left alone while there is some room", async () => {
    const jobs = await completeTen();

    expect(await expireEarly(house, 1060)).toBe(0);

    expect(await stored(jobs)).not.toContain(false);
  });

  it("counts for as long as storage does not let go of it, and the next in line goes instead", async () => {
    const jobs = await completeTen();
    const remove = async (key: string): Promise<void> => {
      if (key === keyOf(jobs[0])) throw new Error("read-only");
      await house.storage.remove(key);
    };

    expect(await expireEarly({ ...house, storage: { ...house.storage, remove } }, 1000)).toBe(2);

    expect((await stored(jobs)).slice(0, 4)).toEqual([true, false, false, true]);
    expect(await house.upkeep.audioBytes()).toBe(800);
    expect(house.faults).toHaveLength(1);
  });
});
