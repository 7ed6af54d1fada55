import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { openTestStore, TENANT, audioOf, type TestStore } from "../../../../tests/support/test-store.ts";
import { newFence } from "@herald/shared/jobs/ids";
import type { Job } from "@herald/shared/jobs/job";
import { cancel, complete, fail, release, type ClaimedJob } from "@herald/shared/jobs/status";
import type { JobQuery } from "./job-store.ts";

let store: TestStore;

beforeEach(() => {
  store = openTestStore();
});
afterEach(() => store.close());

const refOf = (job: Job) => ({ tenant: job.tenant, jobId: job.id });
const claim = (job: Job) => store.claim({ ref: refOf(job) });
const spoken = (job: ClaimedJob) => ({ audio: audioOf(job), segments: 1 });
const statusesOf = async (jobId: string) => {
  const { redis, keys } = store;
  const statuses = ["pending", "processing", "completed", "failed", "cancelled"] as const;
  const scores = await Promise.all(
    statuses.map((status) => redis.zscore(keys.jobsWithStatus(TENANT, status), jobId)),
  );
  return statuses.filter((_, i) => scores[i] !== null);
};

describe("claiming a job", () => {
  it("gives the attempt its text, and counts it", async () => {
    const { job } = await store.create();

    expect(await claim(job)).toMatchObject({
      kind: "claimed",
      text: "Hello.",
      formerFence: null,
      job: { id: job.id, status: "processing", attempts: 1 },
    });
    expect(await statusesOf(job.id)).toEqual(["processing"]);
  });

  it("again voids the attempt before, and names its fence", async () => {
    const lost = await store.createAndClaim();

    const claimed = await claim(lost);

    expect(claimed).toMatchObject({ kind: "claimed", formerFence: lost.fence, job: { attempts: 2 } });
    expect(await store.finishJob(lost, complete(lost, spoken(lost), new Date()))).toBe("stale");
    expect(await store.jobs.apply(release(lost))).toBe("stale");
    expect(
      await store.jobs.recordProgress({
        ref: refOf(lost),
        fence: lost.fence,
        segmentsDone: 9,
        segmentsTotal: 9,
      }),
    ).toBe("stale");
    expect(await store.reread(lost)).toMatchObject({ status: "processing", audio: null, segmentsDone: 0 });
  });

  it("keeps the time of the first start", async () => {
    const first = await store.createAndClaim();
    await store.claim({ ref: refOf(first), now: new Date(Date.now() + 60_000) });

    expect((await store.reread(first)).startedAt).toEqual(first.startedAt);
  });

  it("that is sent twice is one attempt", async () => {
    const { job } = await store.create();
    const request = { ref: refOf(job), fence: newFence() };

    await store.claim(request);
    await store.claim(request);

    expect((await store.reread(job)).attempts).toBe(1);
  });

  it.each(["another worker has", "nobody has"])(
    "is refused to a worker whose queue entry %s by now",
    async (who) => {
      const held = await store.createAndClaim();
      const lock = store.keys.entryLock("synthesis", held.id);
      if (who.startsWith("another")) await store.redis.set(lock, "the other's");

      const late = { ref: refOf(held), fence: newFence(), token: "the late one's", now: new Date() };
      expect(await store.jobs.claim(late)).toEqual({ kind: "not_held" });

      expect(await store.reread(held)).toMatchObject({
        status: "processing",
        fence: held.fence,
        attempts: 1,
      });
      expect(await store.finishJob(held, complete(held, spoken(held), new Date()))).toBe("applied");
    },
  );

  it("that has ended leaves it as it is", async () => {
    const job = await store.createAndClaim();
    await store.finishJob(job, complete(job, spoken(job), new Date()));
    const ended = await store.reread(job);

    expect(await claim(job)).toEqual({ kind: "finished", job: ended });
    expect(await store.reread(job)).toEqual(ended);
  });

  it("that is gone makes no record of it", async () => {
    const { job } = await store.create();
    await store.redis.del(store.keys.job(TENANT, job.id));

    expect(await claim(job)).toEqual({ kind: "gone" });
    expect(await store.redis.exists(store.keys.job(TENANT, job.id))).toBe(0);
  });

  it("whose text was lost is an attempt that went wrong, not a job that is done", async () => {
    const { job } = await store.create();
    await store.redis.del(store.keys.text(TENANT, job.id));

    await expect(claim(job)).rejects.toMatchObject({ code: "internal_error" });
  });
});

describe("releasing a job", () => {
  it("makes it pending again, for the next attempt to claim", async () => {
    const job = await store.createAndClaim();

    expect(await store.jobs.apply(release(job))).toBe("applied");

    expect(await statusesOf(job.id)).toEqual(["pending"]);
    expect(await claim(job)).toMatchObject({ kind: "claimed", formerFence: job.fence, text: "Hello." });
  });

  it("does not let the attempt commit any more", async () => {
    const job = await store.createAndClaim();
    await store.jobs.apply(release(job));

    expect(await store.finishJob(job, complete(job, spoken(job), new Date()))).toBe("stale");
  });
});

describe("progress", () => {
  it("is recorded for the attempt that holds the job", async () => {
    const job = await store.createAndClaim();
    const progress = { ref: refOf(job), fence: job.fence, segmentsDone: 2, segmentsTotal: 5 };

    expect(await store.jobs.recordProgress(progress)).toBe("applied");
    expect(await store.reread(job)).toMatchObject({ segmentsDone: 2, segmentsTotal: 5 });
  });
});

describe("listing jobs", () => {
  const base: JobQuery = {
    tenant: TENANT,
    status: null,
    createdAfter: null,
    createdBefore: null,
    afterJobId: null,
    limit: 100,
  };
  // Each test is an hour after the one before: ids never go back in time by less than a clock may be set back.
  let start = Date.parse("2026-03-01T12:00:00Z");
  beforeEach(() => {
    start += 3_600_000;
  });
  const at = (second: number) => new Date(start + 1000 * second);
  const list = async (query: Partial<JobQuery>) => {
    const { jobs, hasMore } = await store.jobs.list({ ...base, ...query });
    return { seconds: jobs.map(({ createdAt }) => (createdAt.getTime() - start) / 1000), hasMore };
  };

  it("shows the newest first, and no other tenant's", async () => {
    for (const second of [0, 1, 2]) await store.create({ now: at(second) });
    await store.create({ tenant: "globex", now: at(3) });

    expect(await list({})).toEqual({ seconds: [2, 1, 0], hasMore: false });
  });

  it("keeps strictly to the times asked for", async () => {
    for (const second of [0, 1, 2, 3]) await store.create({ now: at(second) });

    expect(await list({ createdAfter: at(0), createdBefore: at(3) })).toEqual({
      seconds: [2, 1],
      hasMore: false,
    });
    expect(await list({ createdAfter: at(3) })).toEqual({ seconds: [], hasMore: false });
  });

  it("pages through every job once, also when jobs come and go in between", async () => {
    const made: Job[] = [];
    for (let second = 0; second < 7; second++) made.push((await store.create({ now: at(second) })).job);

    const seen: Job[] = [];
    for (let hasMore = true; hasMore;) {
      const page = await store.jobs.list({ ...base, limit: 3, afterJobId: seen.at(-1)?.id ?? null });
      seen.push(...page.jobs);
      hasMore = page.hasMore;
      await store.create({ now: at(9) });
      for (const job of page.jobs.slice(0, 1)) await store.finishJob(job, cancel(job, new Date()));
    }

    expect(seen.map(({ id }) => id)).toEqual(made.map(({ id }) => id).reverse());
  });

  it("by status follows each job from status to status", async () => {
    const ids: Record<string, string> = {};
    ids["pending"] = (await store.create()).job.id;
    ids["processing"] = (await store.createAndClaim()).id;
    const done = await store.createAndClaim();
    await store.finishJob(done, complete(done, spoken(done), new Date()));
    ids["completed"] = done.id;
    const broken = await store.createAndClaim();
    await store.finishJob(
      broken,
      fail(broken, { code: "engine_failed", message: "no", segment: 1 }, new Date()),
    );
    ids["failed"] = broken.id;
    const { job } = await store.create();
    await store.finishJob(job, cancel(job, new Date()));
    ids["cancelled"] = job.id;

    for (const status of ["pending", "processing", "completed", "failed", "cancelled"] as const) {
      const { jobs } = await store.jobs.list({ ...base, status });
      expect(jobs.map(({ id }) => id)).toEqual([ids[status]]);
    }
  });
});
