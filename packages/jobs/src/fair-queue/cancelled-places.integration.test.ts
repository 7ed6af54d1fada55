import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { openTestStore, type Submission, type TestStore } from "../../../../tests/support/test-store.ts";
import type { Job, Priority } from "@herald/shared/jobs/job";
import { cancel } from "@herald/shared/jobs/status";

let store: TestStore;

beforeEach(() => {
  store = openTestStore();
});
afterEach(() => store.close());

interface Burst extends Submission {
  readonly tenant: string;
  readonly priority?: Priority;
  readonly chars?: number;
}

async function submit(
  count: number,
  { priority = "normal", chars = 200, ...rest }: Burst,
): Promise<readonly Job[]> {
  const made: Job[] = [];
  for (let i = 0; i < count; i++) {
    const { job } = await store.create({ ...rest, request: { priority, textChars: chars } });
    made.push(job);
  }
  return made;
}

async function submitOne(burst: Burst): Promise<Job> {
  const [job] = await submit(1, burst);
  if (job === undefined) throw new Error("nothing was submitted");
  return job;
}

/** A line that is under way: at its very beginning nothing could stand before its head. */
async function keepBusy(count: number): Promise<void> {
  await submit(count + 1, { tenant: "globex" });
  await take(1);
}

/** As the API does. */
async function cancelAll(jobs: readonly Job[]): Promise<void> {
  for (const job of jobs) {
    expect(await store.finishJob(job, cancel(job, new Date()))).toBe("applied");
    await store.synthesis.remove(job.id);
  }
}

const prioritized = () => store.keys.queuePart("synthesis", "prioritized");
const rankOf = (job: Job) => store.redis.zrank(prioritized(), job.id);
const line = () => store.redis.zrange(prioritized(), "0", "-1");
const take = (count: number) => store.redis.zpopmin(prioritized(), count);

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item, i) => ({ item, by: (i * 7919) % 1009 }))
    .sort((a, b) => a.by - b.by)
    .map(({ item }) => item);
}

describe("a tenant whose jobs were cancelled before they began", () => {
  const orders: [string, (jobs: readonly Job[]) => readonly Job[]][] = [
    ["the first one first", (jobs) => jobs],
    ["the last one first", (jobs) => jobs.toReversed()],
    ["in any order", shuffled],
  ];

  it.each(orders)("stands where a newcomer does: %s", async (_name, inOrder) => {
    await keepBusy(100);
    await cancelAll(inOrder(await submit(90, { tenant: "acme" })));

    const next = await submitOne({ tenant: "acme" });
    const newcomer = await submitOne({ tenant: "initech" });

    expect([await rankOf(next), await rankOf(newcomer)]).toEqual([0, 1]);
  });

  it.each(["high", "low"] as const)(
    "is given it back in each lane that was charged: %s",
    async (priority) => {
      await keepBusy(50);
      const kept = await submit(2, { tenant: "acme" });
      await cancelAll(await submit(40, { tenant: "acme", priority }));

      for (const lane of ["low", "normal", "high"] as const) {
        const before = lane === "high" ? 0 : 3;
        expect(await rankOf(await submitOne({ tenant: "acme", priority: lane }))).toBeLessThanOrEqual(
          2 * before,
        );
      }
      expect(await Promise.all(kept.map(rankOf))).not.toContain(null);
    },
  );

  it("is charged for the others as before, whose places stay what they are", async () => {
    await keepBusy(100);
    const jobs = await submit(30, { tenant: "acme" });
    const kept = jobs.filter((_, i) => i % 3 === 0);
    const before = (await line()).filter((id) => kept.some((job) => job.id === id));

    await cancelAll(jobs.filter((_, i) => i % 3 !== 0));
    const more = await submit(30, { tenant: "acme" });

    const after = (await line()).filter((id) => kept.some((job) => job.id === id));
    expect(after).toEqual(before);
    const acmes = new Set([...kept, ...more].map(({ id }) => id));
    const whose = (await line()).map((id) => acmes.has(id));
    for (let i = 1; i < 80; i++) {
      const acme = whose.slice(0, i).filter(Boolean).length;
      expect(acme).toBeLessThanOrEqual(Math.ceil(i / 2) + 1);
    }
  });

  it("is given back what a weight made of it", async () => {
    await keepBusy(50);
    await cancelAll(await submit(20, { tenant: "acme", admission: { weightOf: () => 0.25 } }));

    expect(await rankOf(await submitOne({ tenant: "acme" }))).toBe(0);
  });

  it("leaves nothing in Redis of what was free", async () => {
    await keepBusy(5);
    const jobs = await submit(9, { tenant: "acme" });
    await cancelAll(jobs.slice(0, 8));
    expect(await store.redis.hget(store.keys.fairLanes("acme"), "free")).not.toBeNull();

    await cancelAll(jobs.slice(8));

    expect(await store.redis.hget(store.keys.fairLanes("acme"), "free")).toBeNull();
  });
});

describe("cancelling yields no better place than not having submitted", () => {
  it("to submissions that are cancelled again and again", async () => {
    await keepBusy(20);
    await submit(3, { tenant: "acme" });
    for (let i = 0; i < 20; i++) await cancelAll(await submit(2, { tenant: "acme", chars: 1000 * i }));
    const newcomer = await submitOne({ tenant: "initech" });

    const next = await submitOne({ tenant: "acme" });

    // Behind the first of acme's that were there, and ahead of its second.
    expect(await rankOf(newcomer)).toBe(1);
    expect(await rankOf(next)).toBeGreaterThanOrEqual(6);
  });

  it("to jobs that are piled up at one place by cancelling what is before them", async () => {
    await keepBusy(100);
    const piled = new Set<string>();
    for (let i = 0; i < 10; i++) {
      const before = await submitOne({ tenant: "acme", chars: 250 * 50 - 50 - 250 * i });
      piled.add((await submitOne({ tenant: "acme" })).id);
      await cancelAll([before]);
    }

    const whose = (await line()).map((id) => piled.has(id));

    const together = whose.filter((isAcmes, i) => isAcmes && whose[i - 1]);
    expect([whose.filter(Boolean).length, together]).toEqual([10, []]);
  });

  it("to a long text that does not fit where a short one was", async () => {
    await keepBusy(100);
    const [first, ...rest] = await submit(20, { tenant: "acme" });
    if (first === undefined) throw new Error("nothing was submitted");
    await cancelAll([first]);

    const long = await submitOne({ tenant: "acme", chars: 20_000 });

    const ranks = await Promise.all(rest.map(rankOf));
    expect(await rankOf(long)).toBeGreaterThan(Math.max(...ranks.map(Number)));
  });

  it("to a tenant whose turn passed while its jobs were waiting", async () => {
    await keepBusy(40);
    const jobs = await submit(10, { tenant: "acme" });
    // What has been taken and was not begun yet, when it is cancelled.
    await take(40);
    await cancelAll(jobs.slice(0, 9));

    const next = await submitOne({ tenant: "acme" });
    const newcomer = await submitOne({ tenant: "initech" });

    expect(Number(await rankOf(next))).toBeLessThanOrEqual(1);
    expect(Number(await rankOf(newcomer))).toBeLessThanOrEqual(1);
  });

  it("to a job that was begun and came back: its turn is spent", async () => {
    await keepBusy(20);
    const claimed = await store.createAndClaim({ request: { textChars: 2000 } });
    const lanes = () => store.redis.hgetall(store.keys.fairLanes("acme"));
    const before = await lanes();
    await store.redis.hset(store.keys.job("acme", claimed.id), "status", "pending");

    await store.finishJob(
      { ...claimed, status: "pending" },
      cancel({ ...claimed, status: "pending" }, new Date()),
    );

    expect(await lanes()).toEqual(before);
  });
});
