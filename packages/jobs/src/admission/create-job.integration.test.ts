import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { openTestStore, TENANT, type TestStore } from "../../../../tests/support/test-store.ts";
import { createdAtOf, newJobId } from "@herald/shared/jobs/ids";

let store: TestStore;

beforeEach(() => {
  store = openTestStore();
});
afterEach(() => store.close());

/** Everything that must be there for a job to be found, worked on and repaired. */
async function traces(jobId: string) {
  const { redis, keys, synthesis } = store;
  const [entry] = await synthesis.statesOf([jobId]);
  return {
    record: await redis.exists(keys.job(TENANT, jobId)),
    text: await redis.get(keys.text(TENANT, jobId)),
    indexed: await redis.zscore(keys.jobs(TENANT), jobId),
    pending: await redis.zscore(keys.jobsWithStatus(TENANT, "pending"), jobId),
    open: await redis.zscore(keys.openJobs, `${TENANT}:${jobId}`),
    entry,
  };
}

const wholeJob = (jobId: string) => ({
  record: 1,
  text: "Hello.",
  indexed: "0",
  pending: "0",
  open: String(createdAtOf(jobId).getTime()),
  entry: "open",
});

const entriesOf = ({ redis, keys }: TestStore) => redis.zcard(`${keys.queuePrefix}:synthesis:prioritized`);

describe("creating a job", () => {
  it("makes record, text, indexes and queue entry", async () => {
    const { job, replayed } = await store.create();

    expect(replayed).toBe(false);
    expect(await traces(job.id)).toEqual(wholeJob(job.id));
    expect(await store.reread(job)).toEqual(job);
  });

  it("makes all of them in one script", async () => {
    await store.create();
    const monitor = await store.redis.monitor();
    const seen: string[] = [];
    monitor.on("monitor", (_time: string, [command = "", ...args]: string[], source: string) => {
      if (source !== "lua" && JSON.stringify(args).includes(store.keys.queuePrefix)) seen.push(command);
    });

    await store.create();
    await store.redis.ping();
    monitor.disconnect();

    expect(seen).toEqual(["evalsha"]);
  });

  it("makes all of them also when Redis has forgotten every script", async () => {
    await store.create();
    await store.redis.script("FLUSH");

    const { job } = await store.create();

    expect(await traces(job.id)).toEqual(wholeJob(job.id));
  });

  it("leaves nothing of the text in the queue entry", async () => {
    const { job } = await store.create({ text: "A secret.", request: { metadata: { who: "a secret" } } });

    const entry = await store.redis.hgetall(`${store.keys.queuePrefix}:synthesis:${job.id}`);

    expect(JSON.stringify(entry)).not.toContain("secret");
  });

  it("puts urgent jobs ahead of earlier ones", async () => {
    const low = await store.create({ request: { priority: "low" } });
    const normal = await store.create({ request: { priority: "normal" } });
    const high = await store.create({ request: { priority: "high" } });

    const order = await store.redis.zrange(`${store.keys.queuePrefix}:synthesis:prioritized`, "0", "-1");

    expect(order).toEqual([high.job.id, normal.job.id, low.job.id]);
  });

  it("dates the job by its id, so that lists by time and by id agree", async () => {
    const now = new Date(Date.now() + 60_000);

    const { job } = await store.create({ now });

    expect(job.createdAt).toEqual(now);
    expect(createdAtOf(job.id)).toEqual(now);
  });
});

describe("creating a job with an idempotency key", () => {
  it("makes one job of 100 identical submissions at once, and tells all of them its name", async () => {
    const created = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        store.create({ idempotencyKey: "order-7", request: { requestId: `req-${i}` } }),
      ),
    );

    expect(new Set(created.map(({ job }) => job.id)).size).toBe(1);
    expect(new Set(created.map(({ job }) => job.request.requestId)).size).toBe(1);
    expect(created.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(await entriesOf(store)).toBe(1);
    expect(await store.redis.zcard(store.keys.jobs(TENANT))).toBe(1);
  });

  it("does not reset a job that has meanwhile run", async () => {
    const first = await store.createAndClaim({ idempotencyKey: "order-7" });

    const again = await store.create({ idempotencyKey: "order-7" });

    expect(again).toMatchObject({ replayed: true, job: { id: first.id, status: "processing", attempts: 1 } });
  });

  it("refuses another submission under the same key", async () => {
    await store.create({ idempotencyKey: "order-7" });

    await expect(store.create({ idempotencyKey: "order-7", text: "Other." })).rejects.toMatchObject({
      code: "idempotency_key_reused",
      param: "Idempotency-Key",
    });
    expect(await entriesOf(store)).toBe(1);
  });

  it("keeps tenants' keys apart", async () => {
    const ours = await store.create({ idempotencyKey: "order-7" });
    const theirs = await store.create({ idempotencyKey: "order-7", tenant: "globex", text: "Other." });

    expect(theirs.replayed).toBe(false);
    expect(theirs.job.id).not.toBe(ours.job.id);
  });

  it("makes the job anew under its name when only the key remembers it", async () => {
    const { redis, keys } = store;
    const done = await store.create({ idempotencyKey: "order-7" });
    const [reservation = ""] = await redis.keys(`${keys.queuePrefix}:idempotency:*`);
    const [fingerprint = ""] = ((await redis.get(reservation)) ?? "").split(" ");
    const orphan = newJobId(new Date());
    await redis.set(reservation, `${fingerprint} ${orphan}`);

    const taken = await Promise.all([1, 2].map(() => store.create({ idempotencyKey: "order-7" })));

    expect(taken.map(({ job }) => job.id)).toEqual([orphan, orphan]);
    expect(taken.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(await traces(orphan)).toEqual(wholeJob(orphan));
    expect(await traces(done.job.id)).toEqual(wholeJob(done.job.id));
  });
});
