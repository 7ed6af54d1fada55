import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  audioOf,
  openTestStore,
  RECORD_TTL_MS,
  TENANT,
  webhookOf,
  type TestStore,
} from "../../../../tests/support/test-store.ts";
import { seededRandom } from "../../../../tests/support/seeded-random.ts";
import type { Job } from "@herald/shared/jobs/job";
import { cancel, complete, fail } from "@herald/shared/jobs/status";
import { eventIdOf } from "@herald/shared/webhooks/webhook-ids";

let store: TestStore;

beforeEach(() => {
  store = openTestStore();
});
afterEach(() => store.close());

const fault = { code: "engine_failed", message: "The engine failed.", segment: 2 };
const memberOf = (job: Job) => `${job.tenant}:${job.id}`;

describe("finishing a job", () => {
  it("writes its end, the webhook it owes, its expiry dates and a note at once, and deletes the text", async () => {
    const { redis, keys } = store;
    const job = await store.createAndClaim();
    const listener = redis.duplicate();
    const noted = once(listener, "message");
    await listener.subscribe(keys.jobNotes(TENANT, job.id));
    const at = new Date();
    const audio = audioOf(job);

    expect(await store.finishJob(job, complete(job, { audio, segments: 3 }, at))).toBe("applied");

    expect(await store.reread(job)).toMatchObject({
      status: "completed",
      audio,
      finishedAt: at,
      segmentsDone: 3,
    });
    expect(await redis.exists(keys.text(TENANT, job.id))).toBe(0);
    expect(await redis.zscore(keys.openJobs, memberOf(job))).toBeNull();
    expect(await redis.zscore(keys.recordExpiry, memberOf(job))).toBe(String(at.getTime() + RECORD_TTL_MS));
    expect(await redis.zscore(keys.audioExpiry, memberOf(job))).toBe(String(audio.expiresAt));
    expect(await redis.zscore(keys.openDeliveries, `${TENANT}:${eventIdOf(job.id)}`)).toBe(
      String(at.getTime()),
    );
    expect(await store.webhooks.statesOf([eventIdOf(job.id)])).toEqual(["open"]);
    expect(await noted).toEqual([keys.jobNotes(TENANT, job.id), "completed"]);
    await listener.quit();
  });

  it("freezes the webhook's body as the job was at its end", async () => {
    const job = await store.createAndClaim();
    await store.finishJob(job, fail(job, fault, new Date("2026-03-01T12:00:00Z")));

    const delivery = await store.deliveries.find(webhookOf(job));

    expect(delivery).toMatchObject({
      status: "pending",
      type: "job.failed",
      url: "https://receiver.test/hook",
    });
    expect(JSON.parse(delivery?.body ?? "")).toMatchObject({
      type: "job.failed",
      timestamp: "2026-03-01T12:00:00.000Z",
      data: { job_id: job.id, status: "failed", error: fault, audio: null, attempts: 1, sequence: 1 },
    });
  });

  it("owes no webhook that nobody asked for", async () => {
    const job = await store.createAndClaim({ request: { webhookEvents: ["job.completed"] } });

    await store.finishJob(job, fail(job, fault, new Date()));

    expect((await store.reread(job)).webhook.status).toBe("none");
    expect(await store.redis.zcard(store.keys.openDeliveries)).toBe(0);
    expect(await store.webhooks.statesOf([eventIdOf(job.id)])).toEqual(["missing"]);
  });

  it("twice is once: the second ending is stale and changes nothing", async () => {
    const job = await store.createAndClaim();
    await store.finishJob(job, fail(job, fault, new Date()));
    const ended = await store.reread(job);

    expect(await store.finishJob(job, complete(job, { audio: audioOf(job), segments: 1 }, new Date()))).toBe(
      "stale",
    );

    expect(await store.reread(job)).toEqual(ended);
    expect(await store.redis.zcard(store.keys.audioExpiry)).toBe(0);
  });

  it("that is sent twice by its own attempt is still applied", async () => {
    const job = await store.createAndClaim();
    const ending = complete(job, { audio: audioOf(job), segments: 1 }, new Date());

    expect(await store.finishJob(job, ending)).toBe("applied");
    expect(await store.finishJob(job, ending)).toBe("applied");
    expect(await store.redis.zcard(store.keys.openDeliveries)).toBe(1);
  });

  it("works for a script that Redis has forgotten", async () => {
    const job = await store.createAndClaim();
    await store.redis.script("FLUSH");

    expect(await store.finishJob(job, fail(job, fault, new Date()))).toBe("applied");
    expect(await store.webhooks.statesOf([eventIdOf(job.id)])).toEqual(["open"]);
  });

  it("before any attempt notes that its queue entry is left", async () => {
    const { job } = await store.create();

    await store.finishJob(job, cancel(job, new Date()));

    expect(await store.redis.zscore(store.keys.looseEntries, memberOf(job))).not.toBeNull();
  });
});

describe("a cancellation, a claim and a commit that race", () => {
  const seed = Date.now() % 2 ** 31;

  it(`leave one ending and at most one webhook, in 300 interleavings (seed ${seed})`, async () => {
    const random = seededRandom(seed);
    const endings = { cancelled: 0, completed: 0 };

    for (let round = 0; round < 300; round++) {
      const { job } = await store.create();
      const applied = await race(random, job);
      const ended = await store.reread(job);

      expect(applied).toEqual([ended.status]);
      expect(await store.redis.zscore(store.keys.jobsWithStatus(TENANT, ended.status), job.id)).toBe("0");
      expect(ended.audio === null).toBe(ended.status === "cancelled");
      const delivery = await store.deliveries.find(webhookOf(job));
      expect(delivery?.type).toBe(`job.${ended.status}`);
      endings[ended.status as keyof typeof endings]++;
    }

    // Both must have happened, or the race was none.
    expect(Math.min(endings.cancelled, endings.completed)).toBeGreaterThan(0);
    expect(await store.redis.zcard(store.keys.openJobs)).toBe(0);
  }, 60_000);

  async function race(random: () => number, job: Job): Promise<string[]> {
    const applied: string[] = [];
    const pause = async (): Promise<void> => {
      for (let ticks = Math.floor(random() * 4); ticks > 0; ticks--) await store.redis.ping();
    };
    const work = async (): Promise<void> => {
      await pause();
      const claim = await store.claim({ ref: { tenant: TENANT, jobId: job.id } });
      if (claim.kind !== "claimed") return;
      await pause();
      const ending = complete(claim.job, { audio: audioOf(claim.job), segments: 1 }, new Date());
      if ((await store.finishJob(claim.job, ending)) === "applied") applied.push("completed");
    };
    const cancelling = async (): Promise<void> => {
      await pause();
      if ((await store.finishJob(job, cancel(job, new Date()))) === "applied") applied.push("cancelled");
    };
    await Promise.all(random() < 0.5 ? [work(), cancelling()] : [cancelling(), work()]);
    return applied;
  }
});
