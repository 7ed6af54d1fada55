import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  audioOf,
  openTestStore,
  TENANT,
  type Submission,
  type TestStore,
} from "../../../../tests/support/test-store.ts";
import { cancel, complete } from "@herald/shared/jobs/status";
import { parseMember } from "@herald/platform/redis/keys";
import { createApiKeyStore } from "../../../../apps/api/src/api-keys/api-key-store.ts";
import { createRefusalMemory } from "./refusal-memory.ts";
import { Refusal } from "./refusal.ts";
import { createUpkeepStore } from "../retention/upkeep-store.ts";

let store: TestStore;

beforeEach(() => {
  store = openTestStore();
});
afterEach(() => store.close());

// Of this month, because Redis forgets by its own clock what was charged to one that is over.
const TODAY = new Date();
const START = Date.UTC(TODAY.getUTCFullYear(), TODAY.getUTCMonth(), 15, 12);
const NEXT_MONTH = new Date(Date.UTC(TODAY.getUTCFullYear(), TODAY.getUTCMonth() + 1));
const at = (seconds: number) => new Date(START + seconds * 1000);
const ofChars = (textChars: number): Submission => ({ request: { textChars } });

async function refusalOf(submission: Submission): Promise<Refusal> {
  const thrown: unknown = await store.create(submission).catch((error: unknown) => error);
  if (!(thrown instanceof Refusal)) throw new Error(`was not refused but: ${String(thrown)}`);
  return thrown;
}

/** Every key and what it holds, so that nothing can have changed unnoticed. */
async function contents(): Promise<Record<string, string | null>> {
  const keys = (await store.redis.keys(`${store.keys.queuePrefix}:*`)).sort();
  const dumps = await Promise.all(keys.map((key) => store.redis.dump(key)));
  return Object.fromEntries(keys.map((key, i) => [key, dumps[i] ?? null]));
}

describe("a key's requests per minute", () => {
  const limits = { requestsPerMinute: 3 };

  it("are let in at once, and then as they come back", async () => {
    const left = [];
    for (let i = 0; i < 3; i++) left.push((await store.create({ limits, now: at(0) })).left?.requests);
    expect(left).toEqual([2, 1, 0]);

    const refusal = await refusalOf({ limits, now: at(5) });
    expect(refusal).toMatchObject({ code: "rate_limited", shouldRetry: true, retryAfterMs: 15_000 });

    await store.create({ limits, now: at(20) });
  });

  it("are let in by a crowd that comes together no more often than they are allowed", async () => {
    const attempts = Array.from({ length: 20 }, () => store.create({ limits, now: at(0) }));

    const outcomes = await Promise.allSettled(attempts);

    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
    expect(await store.redis.zcard(store.keys.jobs(TENANT))).toBe(3);
  });

  it("are forgotten once the key has all of them again", async () => {
    await store.create({ limits, now: at(0) });

    const ttl = await store.redis.pttl(store.keys.rateBuckets("key_1"));
    expect(ttl).toBeGreaterThan(0);
    expect(ttl).toBeLessThanOrEqual(120_000);
  });

  it("are another key's no concern", async () => {
    for (let i = 0; i < 3; i++) await store.create({ limits, now: at(0) });

    expect((await store.create({ limits, now: at(0), keyId: "key_2" })).left?.requests).toBe(2);
  });

  it("are not given back by a clock that goes backwards", async () => {
    for (let i = 0; i < 3; i++) await store.create({ limits, now: at(0) });

    expect((await refusalOf({ limits, now: at(-120) })).code).toBe("rate_limited");
  });
});

describe("a key's characters per minute", () => {
  const limits = { charsPerMinute: 600 };

  it("are let in at once, and then as they come back", async () => {
    await store.create({ limits, now: at(0), ...ofChars(500) });

    const refusal = await refusalOf({ limits, now: at(0), ...ofChars(200) });
    expect(refusal).toMatchObject({ code: "rate_limited", retryAfterMs: 10_000, left: { chars: 100 } });

    expect((await store.create({ limits, now: at(10), ...ofChars(200) })).left?.chars).toBe(0);
  });

  it("refuse for good a text that is longer than a minute's", async () => {
    await expect(store.create({ limits, ...ofChars(601) })).rejects.toMatchObject({
      code: "text_too_long",
      param: "text",
    });
  });
});

describe("a tenant's pending jobs", () => {
  const limits = { pendingJobs: 2 };

  it("are counted where they are listed: ended ones make room", async () => {
    const { job } = await store.create({ limits });
    await store.create({ limits });
    expect(await refusalOf({ limits })).toMatchObject({ code: "quota_exceeded", shouldRetry: true });

    await store.finishJob(job, cancel(job, new Date()));

    await store.create({ limits });
  });

  it("make room when a worker takes one", async () => {
    await store.createAndClaim({ limits });
    await store.create({ limits });

    expect((await store.create({ limits })).replayed).toBe(false);
  });

  it("are another tenant's no concern", async () => {
    await store.create({ limits });
    await store.create({ limits });

    expect((await store.create({ limits, tenant: "globex" })).replayed).toBe(false);
  });
});

describe("a tenant's characters per month", () => {
  const limits = { charsPerMonth: 1000 };

  it("are used up by all its keys, and new on the first of the next", async () => {
    await store.create({ limits, now: at(0), keyId: "key_1", ...ofChars(600) });

    const refusal = await refusalOf({ limits, now: at(0), keyId: "key_2", ...ofChars(401) });
    expect(refusal).toMatchObject({ code: "quota_exceeded", shouldRetry: false });
    expect(refusal.retryAfterMs).toBe(NEXT_MONTH.getTime() - START);

    await store.create({ limits, now: at(0), ...ofChars(400) });
    await store.create({ limits, now: NEXT_MONTH, ...ofChars(1000) });
  });

  it("are forgotten when the month is over", async () => {
    await store.create({ limits, now: at(0) });

    const month = at(0).toISOString().slice(0, 7);
    const forgottenAt = await store.redis.pexpiretime(store.keys.charsOfMonth(TENANT, month));
    expect(forgottenAt).toBe(NEXT_MONTH.getTime());
  });
});

describe("a key that was removed while its submission was under way", () => {
  const newKey = { hash: "a".repeat(64), tenant: TENANT, role: "consumer", name: "", now: at(0) } as const;

  it("makes no job, and is answered with none that it made before", async () => {
    const apiKeys = createApiKeyStore(store.redis, store.keys);
    const { keyId } = await apiKeys.create(newKey);
    const submission = { keyId, keyHash: newKey.hash, idempotencyKey: "order-7" };
    await store.create(submission);
    await apiKeys.remove(keyId);
    const before = await contents();

    await expect(store.create(submission)).rejects.toMatchObject({ code: "invalid_api_key" });
    await expect(store.create({ ...submission, idempotencyKey: null })).rejects.toThrow("not known");

    expect(await contents()).toEqual(before);
  });

  it("is not mistaken for its successor of the same text", async () => {
    const apiKeys = createApiKeyStore(store.redis, store.keys);
    const { keyId } = await apiKeys.create(newKey);
    await apiKeys.remove(keyId);
    await apiKeys.create({ ...newKey, tenant: "globex" });

    await expect(store.create({ keyId, keyHash: newKey.hash })).rejects.toMatchObject({
      code: "invalid_api_key",
    });
  });
});

describe("the deployment's room", () => {
  it("ends with as many waiting jobs as are allowed, whoever's they are", async () => {
    const admission = { maxPendingJobs: 2 };
    await store.create({ admission });
    await store.create({ admission, tenant: "globex" });

    expect(await refusalOf({ admission, tenant: "initech" })).toMatchObject({
      code: "queue_full",
      shouldRetry: true,
    });
  });

  it("counts what waits for its next attempt", async () => {
    const { job } = await store.create();
    const [waiting, delayed] = (["prioritized", "delayed"] as const).map((part) =>
      store.keys.queuePart("synthesis", part),
    );
    await store.redis
      .multi()
      .zrem(waiting ?? "", job.id)
      .zadd(delayed ?? "", 1, job.id)
      .exec();

    expect((await refusalOf({ admission: { maxPendingJobs: 1 } })).code).toBe("queue_full");
  });

  it("ends when Redis has little memory left", async () => {
    expect((await refusalOf({ admission: { isMemoryFull: () => true } })).code).toBe("queue_full");
  });
});

describe("the storage's room", () => {
  const admission = { maxAudioBytes: 57_678 };

  async function completeOne(): Promise<void> {
    const job = await store.createAndClaim({ admission });
    await store.finishJob(job, complete(job, { audio: audioOf(job), segments: 1 }, new Date()));
  }

  it("ends when the audio of all takes what it may", async () => {
    await completeOne();

    expect(await refusalOf({ admission, tenant: "globex" })).toMatchObject({
      code: "storage_full",
      shouldRetry: true,
      retryAfterMs: 30_000,
    });
  });

  it("is there again as soon as some audio is gone", async () => {
    await completeOne();
    const [member = ""] = await store.redis.zrange(store.keys.audioExpiry, "0", "0");

    await createUpkeepStore(store.redis, store.keys).forgetAudio(parseMember(member));

    expect((await store.create({ admission })).replayed).toBe(false);
  });

  it("has no end without a quota", async () => {
    await completeOne();

    expect((await store.create({ admission: { maxAudioBytes: undefined } })).replayed).toBe(false);
  });
});

describe("a submission that is refused", () => {
  it.each([
    ["requests", { limits: { requestsPerMinute: 1 } }],
    ["characters", { limits: { charsPerMinute: 6 } }],
    ["pending jobs", { limits: { pendingJobs: 1 } }],
    ["the month's characters", { limits: { charsPerMonth: 6 } }],
    ["room", { admission: { maxPendingJobs: 1 } }],
  ])("for want of %s leaves nothing behind and is charged nothing", async (_, terms) => {
    const everything = { requestsPerMinute: 50, charsPerMinute: 5000, charsPerMonth: 5000 };
    const limits = { ...everything, ...("limits" in terms ? terms.limits : {}) };
    await store.create({ ...terms, limits, now: at(0) });
    const before = await contents();

    await refusalOf({ ...terms, limits, now: at(0), idempotencyKey: "order-7" });

    expect(await contents()).toEqual(before);
  });
});

describe("a refusal that is foreseen", () => {
  const limits = { requestsPerMinute: 1, charsPerMinute: 600_000 };
  const long = { text: "\u{1F600}".repeat(50_000), request: { textChars: 50_000 } };

  async function bytesToRedis(work: () => Promise<unknown>): Promise<number> {
    await store.redis.ping();
    const before = store.redis.stream.bytesWritten;
    await work();
    return store.redis.stream.bytesWritten - before;
  }

  it("is what Redis would answer, without the text having been sent", async () => {
    const admission = { refusals: createRefusalMemory() };
    await store.create({ limits, now: at(0) });
    const first = await refusalOf({ ...long, limits, admission, now: at(1) });

    const foreseen = await refusalOf({ ...long, limits, admission, now: at(1.5) });
    expect(foreseen.retryAfterMs).toBe(first.retryAfterMs - 500);
    expect(await refusalOf({ ...long, limits, now: at(1.5) })).toEqual(foreseen);
    const sent = await bytesToRedis(() => refusalOf({ ...long, limits, admission, now: at(1.6) }));
    expect(sent).toBeLessThan(10_000);
  });

  it("answers an Idempotency-Key with its job, and refuses a new one without its text", async () => {
    const admission = { refusals: createRefusalMemory() };
    const named = { ...long, limits, admission, idempotencyKey: "order-7", now: at(0) };
    const { job } = await store.create(named);
    const before = await contents();
    const other = { ...named, idempotencyKey: "order-8" };
    const first = await refusalOf(other);

    const sent = await bytesToRedis(async () => {
      expect((await store.create(named)).job).toEqual(job);
      expect(await refusalOf(other)).toEqual(first);
    });

    expect(sent).toBeLessThan(10_000);
    expect(await contents()).toEqual(before);
  });

  it("sends no text either while Redis is short of memory", async () => {
    const full = { ...long, admission: { isMemoryFull: () => true } };

    const sent = await bytesToRedis(() => refusalOf(full));

    expect(sent).toBeLessThan(10_000);
  });
});

describe("an Idempotency-Key that comes again", () => {
  const terms = {
    limits: { requestsPerMinute: 1, charsPerMinute: 6, pendingJobs: 1, charsPerMonth: 6 },
    admission: { maxPendingJobs: 1 },
    idempotencyKey: "order-7",
    now: at(0),
  };

  it("is answered with its job although every limit is reached, and charged nothing", async () => {
    const first = await store.create(terms);
    const before = await contents();

    const again = await store.create({
      ...terms,
      admission: { ...terms.admission, isMemoryFull: () => true, maxAudioBytes: 0 },
    });

    expect(again).toEqual({ job: first.job, replayed: true, left: null });
    expect(await contents()).toEqual(before);
  });

  it("may be used again when it was refused", async () => {
    await store.create({ ...terms, idempotencyKey: "order-6" });
    await refusalOf(terms);

    const later = await store.create({ ...terms, limits: {}, admission: {} });

    expect(later.replayed).toBe(false);
  });
});
