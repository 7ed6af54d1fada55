import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { startTestWorker } from "../../../../tests/support/test-worker.ts";
import { openTestStore, type Submission, type TestStore } from "../../../../tests/support/test-store.ts";
import { waitFor } from "../../../../tests/support/wait.ts";
import { rebaseScores } from "./rebase-scores.ts";
import type { Priority } from "@herald/shared/jobs/job";

let store: TestStore;
const names = new Map<string, string>();

beforeEach(() => {
  store = openTestStore();
  names.clear();
});
afterEach(() => store.close());

interface Burst extends Submission {
  readonly tenant: string;
  readonly priority?: Priority;
  readonly chars?: number;
}

/** Jobs of one tenant, one after another, and named `acme 1`, `acme 2`… in what `order` says. */
async function submit(count: number, { priority = "normal", chars = 200, ...rest }: Burst): Promise<void> {
  for (let i = 1; i <= count; i++) {
    const { job } = await store.create({ ...rest, request: { priority, textChars: chars } });
    names.set(job.id, `${rest.tenant}${priority === "normal" ? "" : ` ${priority}`} ${i}`);
  }
}

const prioritized = () => store.keys.queuePart("synthesis", "prioritized");

/** In which order workers would take what waits. */
async function order(): Promise<string[]> {
  const ids = await store.redis.zrange(prioritized(), "0", "-1");
  return ids.map((id) => names.get(id) ?? id);
}

const ahead = (line: readonly string[], name: string, whose: string): number =>
  line.slice(0, line.indexOf(name)).filter((other) => other.startsWith(whose)).length;

/** As workers do, without their attempts. */
const take = (count: number) => store.redis.zpopmin(prioritized(), count);

describe("tenants that wait at the same time", () => {
  it("take turns, however many jobs one of them had before the other came", async () => {
    await submit(200, { tenant: "acme" });
    await submit(20, { tenant: "globex" });

    const line = await order();

    for (let i = 1; i <= 20; i++) expect(ahead(line, `globex ${i}`, "acme")).toBeLessThanOrEqual(i);
  });

  it("take turns from where the line is now, not from where it began", async () => {
    await submit(200, { tenant: "acme" });
    await take(100);
    await submit(20, { tenant: "globex" });

    const line = await order();

    for (let i = 1; i <= 20; i++) {
      expect(ahead(line, `globex ${i}`, "acme")).toBeLessThanOrEqual(i);
      expect(ahead(line, `globex ${i}`, "acme")).toBeGreaterThanOrEqual(i - 1);
    }
  });

  it("go ahead of the line with their first jobs, in the order in which they came", async () => {
    await submit(50, { tenant: "acme" });
    await take(10);
    await submit(2, { tenant: "globex" });
    await submit(2, { tenant: "initech" });

    const line = await order();

    expect(line.slice(0, 3)).toEqual(["globex 1", "initech 1", "acme 11"]);
  });

  it("share characters, not jobs", async () => {
    await submit(40, { tenant: "acme", chars: 1950 });
    await submit(40, { tenant: "globex", chars: 150 });

    const line = await order();

    expect(ahead(line, "globex 40", "acme")).toBe(4);
  });

  it("get shares in proportion to their weights", async () => {
    const weightOf = (tenant: string) => (tenant === "acme" ? 3 : 1);
    const admission = { weightOf };
    await submit(60, { tenant: "acme", admission });
    await submit(20, { tenant: "globex", admission });

    const line = await order();

    expect(ahead(line, "globex 11", "acme")).toBeGreaterThanOrEqual(29);
    expect(ahead(line, "globex 11", "acme")).toBeLessThanOrEqual(31);
  });

  it("earn nothing by having been away", async () => {
    await submit(5, { tenant: "globex" });
    await submit(100, { tenant: "acme" });
    await take(95);
    await submit(5, { tenant: "globex" });

    const line = await order();

    expect(ahead(line, "globex 5", "acme")).toBeGreaterThanOrEqual(4);
  });

  it("begin level again when nothing waits any more: what one had before is nobody's debt", async () => {
    await submit(100, { tenant: "acme" });
    await take(100);
    await submit(3, { tenant: "globex" });
    await submit(3, { tenant: "acme" });

    const line = await order();

    expect(ahead(line, "acme 3", "globex")).toBe(3);
    expect(ahead(line, "globex 3", "acme")).toBeGreaterThanOrEqual(1);
  });

  it("cannot be overtaken by what one of them calls urgent", async () => {
    await submit(50, { tenant: "acme", priority: "high" });
    await submit(10, { tenant: "globex" });

    const line = await order();

    for (let i = 1; i <= 10; i++) expect(ahead(line, `globex ${i}`, "acme")).toBeLessThanOrEqual(i);
  });
});

describe("the lanes of one tenant", () => {
  it("let an urgent job go ahead of all that the tenant has waiting", async () => {
    await submit(50, { tenant: "acme" });
    await submit(50, { tenant: "acme", priority: "low" });
    await submit(1, { tenant: "acme", priority: "high" });

    expect((await order())[0]).toBe("acme high 1");
  });

  it("charge what goes ahead to what comes later", async () => {
    await submit(10, { tenant: "acme", priority: "high" });
    await submit(1, { tenant: "acme" });
    await submit(10, { tenant: "globex" });

    expect(ahead(await order(), "acme 1", "globex")).toBe(10);
  });

  it("keep the order of submission within a lane", async () => {
    await submit(20, { tenant: "acme" });

    expect(await order()).toEqual(Array.from({ length: 20 }, (_, i) => `acme ${i + 1}`));
  });
});

describe("a place in line", () => {
  it("is in Redis alone, so that another API process goes on with it", async () => {
    await submit(20, { tenant: "acme" });
    await store.redis.script("FLUSH");

    await submit(1, { tenant: "globex" });

    expect(ahead(await order(), "globex 1", "acme")).toBeLessThanOrEqual(1);
  });

  it("is given back to a job that lost its queue entry", async () => {
    await submit(9, { tenant: "acme" });
    const before = await order();
    const lost = [...names].find(([, name]) => name === "acme 5")?.[0] ?? "";
    await store.synthesis.remove(lost);

    const job = await store.jobs.find({ tenant: "acme", jobId: lost });
    if (job === null) throw new Error("the record is gone");
    await store.enqueueJob(job);

    expect(await order()).toEqual(before);
  });

  it("is at the head for an attempt that is made again", async () => {
    await submit(30, { tenant: "acme" });
    const taken: string[] = [];
    const worker = startTestWorker<{ jobId: string }>({
      queue: "synthesis",
      keys: store.keys,
      redis: store.redis,
      process({ entry: { jobId }, number }) {
        taken.push(names.get(jobId) ?? "");
        return Promise.resolve(taken.length === 1 && number === 1 ? { kind: "hand_back" } : { kind: "done" });
      },
    });

    await waitFor(() => taken.length >= 31);
    await worker.stop();

    expect(taken.slice(0, 3)).toEqual(["acme 1", "acme 1", "acme 2"]);
  });
});

describe("at the end of the range of priorities", () => {
  const HALF = 2 ** 36;
  const JUST_BEFORE = HALF - 2 ** 20;

  /** As if so many characters had been spoken since the clock's base. */
  const advance = async (chars: number) => {
    await store.redis.hset(store.keys.fairClock, "virtual", chars, "latest", chars);
  };
  const baseOf = async () => Number(await store.redis.hget(store.keys.fairClock, "base"));

  it("moves what waits to its beginning, in the same order", async () => {
    await advance(JUST_BEFORE);
    await submit(5, { tenant: "acme" });
    await submit(5, { tenant: "acme", priority: "low" });
    const before = await order();
    expect(await baseOf()).toBe(0);

    await advance(HALF + 10);
    await submit(1, { tenant: "globex" });

    expect(await baseOf()).toBeGreaterThan(HALF);
    expect((await order()).filter((name) => name.startsWith("acme"))).toEqual(before);
    const scores = (await store.redis.zrange(prioritized(), "0", "-1", "WITHSCORES")).filter(
      (_, i) => i % 2 === 1,
    );
    expect(Math.max(...scores.map(Number))).toBeLessThan(3 * 2 ** 32);
  });

  it("moves it once, however many saw that it was due", async () => {
    await advance(JUST_BEFORE);
    await submit(5, { tenant: "acme" });
    await advance(HALF + 10);
    await submit(1, { tenant: "globex" });
    const line = await store.redis.zrange(prioritized(), "0", "-1", "WITHSCORES");

    await rebaseScores(store.redis, store.keys);

    expect(await store.redis.zrange(prioritized(), "0", "-1", "WITHSCORES")).toEqual(line);
  });

  it("tells each entry its new priority, to which BullMQ puts it back", async () => {
    await advance(JUST_BEFORE);
    await submit(3, { tenant: "acme" });
    await advance(HALF + 10);
    await submit(1, { tenant: "acme" });

    const entries = await store.redis.zrange(prioritized(), "0", "-1", "WITHSCORES");
    for (let i = 0; i < entries.length; i += 2) {
      const priority = await store.redis.hget(
        store.keys.queueEntry("synthesis", entries[i] ?? ""),
        "priority",
      );
      expect(priority).toBe(String(Math.floor(Number(entries[i + 1]) / 2 ** 32)));
    }
  });

  it("lets what is at work or delayed come back to the head", async () => {
    await advance(JUST_BEFORE);
    await submit(2, { tenant: "acme" });
    const [active = "", , delayed = ""] = await take(2);
    await store.redis.lpush(store.keys.queuePart("synthesis", "active"), active);
    await store.redis.zadd(store.keys.queuePart("synthesis", "delayed"), 1, delayed);

    await advance(HALF + 10);
    await submit(1, { tenant: "acme" });

    for (const id of [active, delayed]) {
      expect(await store.redis.hget(store.keys.queueEntry("synthesis", id), "priority")).toBe("1");
    }
  });

  it("lets a worker that was at it meanwhile give a job back to the head", async () => {
    await advance(JUST_BEFORE);
    await submit(5, { tenant: "acme" });
    const taken: string[] = [];
    const worker = startTestWorker<{ jobId: string }>({
      queue: "synthesis",
      keys: store.keys,
      redis: store.redis,
      async process({ entry: { jobId } }) {
        taken.push(names.get(jobId) ?? "");
        if (taken.length > 1) return { kind: "done" };
        await advance(HALF + 10);
        await submit(1, { tenant: "globex" });
        return { kind: "hand_back" };
      },
    });

    await waitFor(() => taken.length >= 7);
    await worker.stop();

    expect(await baseOf()).toBeGreaterThan(HALF);
    expect(taken.slice(0, 2)).toEqual(["acme 1", "acme 1"]);
  });

  it("keeps within the range what does not fit into it", async () => {
    await submit(3, { tenant: "acme", chars: 2 ** 40 });

    const scores = await store.redis.zrange(prioritized(), "1", "-1", "WITHSCORES");

    expect(Number(scores[1])).toBeLessThan(2 ** 53);
    expect(Math.floor(Number(scores[1]) / 2 ** 32)).toBeLessThanOrEqual(2_097_151);
  });
});
