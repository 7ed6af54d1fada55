import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { audioKeyOf } from "@herald/shared/jobs/audio-key";
import type { Job } from "@herald/shared/jobs/job";
import { cancel, complete, release, type ClaimedJob } from "@herald/shared/jobs/status";
import { openTestHousekeeping, type TestHousekeeping } from "../../../../tests/support/test-housekeeping.ts";
import { audioOf } from "../../../../tests/support/test-store.ts";
import { sweepAudio, type SweepAudioDeps } from "./sweep-audio.ts";

let house: TestHousekeeping;
let deps: SweepAudioDeps;
let repairs: string[];

beforeEach(async () => {
  house = await openTestHousekeeping();
  repairs = [];
  deps = {
    ...house,
    // A minute on, every attempt that a test makes is old enough to be looked after.
    now: () => new Date(Date.now() + 60_000),
    onRepair: (kind) => repairs.push(kind),
  };
});
afterEach(() => house.close());

type Claimed = Job & ClaimedJob;

/** Stores as the attempt would; whether its worker lived to publish it is up to the test. */
async function store({ tenant, id: jobId, fence, request }: Claimed): Promise<string> {
  const key = audioKeyOf({ tenant, jobId, fence, format: request.format });
  await house.storage.put(key, Readable.from([Buffer.from("sound")]));
  return key;
}

async function claimAgain({ tenant, id: jobId }: Job): Promise<Claimed> {
  const claim = await house.claim({ ref: { tenant, jobId } });
  if (claim.kind !== "claimed") throw new Error(`the claim was ${claim.kind}`);
  return claim.job;
}

async function publish(job: Claimed): Promise<string> {
  const key = await store(job);
  await house.finishJob(job, complete(job, { audio: { ...audioOf(job), key }, segments: 1 }, new Date()));
  return key;
}

const listed = () => house.redis.zcard(house.keys.attempts);

describe("sweeping audio", () => {
  it("removes what every lost attempt stored, and leaves what was published", async () => {
    const first = await house.createAndClaim();
    const strays = [await store(first)];
    const second = await claimAgain(first);
    strays.push(await store(second));
    const published = await publish(await claimAgain(first));

    expect(await sweepAudio(deps)).toEqual({ swept: 3 });

    expect(await Promise.all(strays.map((key) => house.has(key)))).toEqual([false, false]);
    expect(await house.has(published)).toBe(true);
    expect(repairs).toEqual(["stray_audio_removed", "stray_audio_removed"]);
    expect(await listed()).toBe(0);
  });

  it.each([
    ["was handed back", (job: Claimed) => house.jobs.apply(release(job))],
    ["was cancelled", (job: Claimed) => house.finishJob(job, cancel(job, new Date()))],
  ])("removes what was stored for a job that %s", async (_, end) => {
    const job = await house.createAndClaim();
    const key = await store(job);
    await end(job);

    await sweepAudio(deps);

    expect(await house.has(key)).toBe(false);
  });

  it("leaves an attempt alone that still runs, and looks after it later", async () => {
    const job = await house.createAndClaim();
    const key = await store(job);

    await sweepAudio(deps);
    expect([await house.has(key), await listed()]).toEqual([true, 1]);
    expect(await sweepAudio(deps)).toEqual({ swept: 0 });

    await claimAgain(job);
    await sweepAudio({ ...deps, now: () => new Date(Date.now() + 180_000) });
    expect(await house.has(key)).toBe(false);
  });

  it("finds nothing to repair where all went well", async () => {
    await publish(await house.createAndClaim());
    await house.create();

    expect(await sweepAudio(deps)).toEqual({ swept: 1 });
    expect([repairs, await listed()]).toEqual([[], 0]);
  });

  describe("of an attempt that stores when all is over", () => {
    const sweepAfter = (minutes: number) =>
      sweepAudio({ ...deps, now: () => new Date(Date.now() + minutes * 60_000) });

    it("finds it, up to an hour after the job has ended", async () => {
      await house.storage.check();
      const late = await house.createAndClaim();
      const published = await publish(await claimAgain(late));
      await sweepAfter(1);
      expect(await listed()).toBe(1);

      const key = await store(late);
      await sweepAfter(61);

      expect([await house.has(key), await house.has(published)]).toEqual([false, true]);
      expect([repairs, await listed()]).toEqual([["stray_audio_removed"], 0]);
    });

    it("looks for it twice, and not for ever", async () => {
      await house.storage.check();
      const job = await house.createAndClaim();
      await house.finishJob(job, cancel(job, new Date()));

      await sweepAfter(1);
      expect(await sweepAfter(59)).toEqual({ swept: 0 });
      expect(await sweepAfter(61)).toEqual({ swept: 1 });

      expect([house.faults, await listed()]).toEqual([[], 0]);
    });

    it("looks for it hourly while the job waits for another attempt", async () => {
      await house.storage.check();
      const job = await house.createAndClaim();
      await house.jobs.apply(release(job));

      await sweepAfter(1);
      expect(await sweepAfter(59)).toEqual({ swept: 0 });
      expect(await sweepAfter(62)).toEqual({ swept: 1 });

      expect(await listed()).toBe(1);
    });
  });

  it("tries again what storage would not let go of", async () => {
    const job = await house.createAndClaim();
    const key = await store(job);
    await house.jobs.apply(release(job));
    const remove = () => Promise.reject(new Error("read-only"));

    await sweepAudio({ ...deps, storage: { ...house.storage, remove } });
    expect(house.faults).toEqual([{ tenant: job.tenant, jobId: job.id }]);

    await sweepAudio({ ...deps, now: () => new Date(Date.now() + 180_000) });
    expect([await house.has(key), await listed()]).toEqual([false, 0]);
  });
});
