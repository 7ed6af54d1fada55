import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { openTestHousekeeping, type TestHousekeeping } from "../../../../tests/support/test-housekeeping.ts";
import { expireAudio } from "./expire-audio.ts";

let house: TestHousekeeping;

beforeEach(async () => {
  house = await openTestHousekeeping();
});
afterEach(() => house.close());

const LATER = new Date(Date.now() + 2 * 3_600_000);
const keyOf = (job: { audio: { key: string } | null }) => job.audio?.key ?? "";

describe("expiring audio", () => {
  it("deletes it when its time is over, and the job says so", async () => {
    const job = await house.completed();

    const report = await expireAudio(house, LATER);

    expect(report).toEqual({ expired: 1, failed: 0, abandonedRemoved: 0 });
    expect(await house.has(keyOf(job))).toBe(false);
    expect(await house.reread(job)).toMatchObject({
      status: "completed",
      audioExpired: true,
      audio: job.audio,
    });
  });

  it("leaves audio alone until then", async () => {
    const job = await house.completed();

    expect(await expireAudio(house, new Date())).toMatchObject({ expired: 0 });
    expect(await house.has(keyOf(job))).toBe(true);
    expect((await house.reread(job)).audioExpired).toBe(false);
  });

  it("says that the audio is gone before it is", async () => {
    const job = await house.completed();
    let saidSo = false;
    const remove = async (): Promise<void> => {
      saidSo = (await house.reread(job)).audioExpired;
    };

    await expireAudio({ ...house, storage: { ...house.storage, remove } }, LATER);

    expect(saidSo).toBe(true);
  });

  it("tries again what storage would not let go of, and does the others meanwhile", async () => {
    const stuck = await house.completed();
    const other = await house.completed();
    const remove = async (key: string): Promise<void> => {
      if (key === keyOf(stuck)) throw new Error("read-only");
      await house.storage.remove(key);
    };

    const report = await expireAudio({ ...house, storage: { ...house.storage, remove } }, LATER);

    expect(report).toMatchObject({ expired: 1, failed: 1 });
    expect(house.faults).toEqual([{ tenant: stuck.tenant, jobId: stuck.id }]);
    expect(await house.has(keyOf(other))).toBe(false);
    expect(await expireAudio(house, LATER)).toMatchObject({ expired: 1, failed: 0 });
    expect(await house.has(keyOf(stuck))).toBe(false);
  });

  it("does not bring a purged record back", async () => {
    const job = await house.completed();
    await house.redis.del(house.keys.job(job.tenant, job.id));

    expect(await expireAudio(house, LATER)).toMatchObject({ expired: 1 });
    expect(await house.redis.exists(house.keys.job(job.tenant, job.id))).toBe(0);
  });

  it("twice is once, also by two housekeepers at the same time", async () => {
    const jobs = await Promise.all(Array.from({ length: 20 }, () => house.completed()));

    await Promise.all([expireAudio(house, LATER), expireAudio(house, LATER)]);

    expect(house.faults).toEqual([]);
    for (const job of jobs) expect(await house.has(keyOf(job))).toBe(false);
    expect(await house.redis.zcard(house.keys.audioExpiry)).toBe(0);
  });
});
