import { attemptOf } from "../../../../tests/support/attempts.ts";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { audioKeyOf } from "@herald/shared/jobs/audio-key";
import type { Job } from "@herald/shared/jobs/job";
import { cancel, release } from "@herald/shared/jobs/status";
import { eventIdOf } from "@herald/shared/webhooks/webhook-ids";
import type { JobEntry, QueueName } from "@herald/queue/queues/entries";
import { WORKER_LOST, type WorkQueue } from "@herald/queue/queues/work-queue";
import type { UpkeepStore } from "@herald/jobs/retention/upkeep-store";
import { openTestHousekeeping, type TestHousekeeping } from "../../../../tests/support/test-housekeeping.ts";
import { seededRandom } from "../../../../tests/support/seeded-random.ts";
import { waitFor } from "../../../../tests/support/wait.ts";
import { deliveryTo, webhookOf } from "../../../../tests/support/test-store.ts";
import { startTestWorker } from "../../../../tests/support/test-worker.ts";
import type { ReconcileDeps, RepairKind } from "./reconcile-deps.ts";
import { reconcile } from "./reconcile.ts";

let house: TestHousekeeping;
let repairs: RepairKind[];
let deps: ReconcileDeps;

beforeEach(async () => {
  house = await openTestHousekeeping();
  repairs = [];
  deps = {
    ...house,
    deliveryQueue: house.webhooks,
    deliveryAttempts: 4,
    // A minute on, everything that a test makes is past the grace.
    now: () => new Date(Date.now() + 60_000),
    onRepair: (kind) => repairs.push(kind),
  };
});
afterEach(() => house.close());

const refOf = (job: Job) => ({ tenant: job.tenant, jobId: job.id });
const entryOf = async (job: Job) => (await house.synthesis.statesOf([job.id]))[0];
const deliveryEntryOf = async (job: Job) => (await house.webhooks.statesOf([eventIdOf(job.id)]))[0];
const isOpen = async (job: Job) =>
  (await house.redis.zscore(house.keys.openJobs, `${job.tenant}:${job.id}`)) !== null;

/** Lets the queue take its only entry to an end, by a worker that never tells the record. */
async function endEntry(queue: QueueName, outcome: "done" | "give_up", reason = "lost"): Promise<void> {
  let taken = false;
  const worker = startTestWorker({
    queue,
    keys: house.keys,
    redis: house.redis,
    process() {
      taken = true;
      return Promise.resolve({ kind: outcome, reason });
    },
  });
  await waitFor(() => taken);
  await worker.stop();
}

async function recordAttempts(job: Job, count: number): Promise<void> {
  const delivery = await house.deliveries.find(webhookOf(job));
  if (delivery === null) throw new Error("no delivery");
  for (let number = 1; number <= count; number++) {
    await house.recordAttempt({
      delivery,
      attempt: attemptOf({ attempt: number, status_code: 500 }),
      status: "pending",
      nextAttemptAt: new Date(),
    });
  }
}

describe("reconciling jobs", () => {
  it("finds nothing to do where records and entries agree", async () => {
    await house.create();
    await house.createAndClaim();
    await house.completed();

    expect(await reconcile(deps)).toEqual({ lookedAt: 3, repaired: 0, failed: 0 });
    expect(repairs).toEqual([]);
  });

  it("restores the lost entry of a pending job", async () => {
    const { job } = await house.create({ request: { priority: "high" } });
    await house.synthesis.remove(job.id);

    await reconcile(deps);

    expect(repairs).toEqual(["entry_restored"]);
    expect(await entryOf(job)).toBe("open");
    const entry = await house.redis.hgetall(`${house.keys.queuePrefix}:synthesis:${job.id}`);
    expect(JSON.parse(entry["data"] ?? "")).toEqual({
      tenant: job.tenant,
      jobId: job.id,
      requestId: "req-1",
    });
    expect(JSON.parse(entry["opts"] ?? "")).toMatchObject({ attempts: 3 });
  });

  it("restores the lost entry of a job in work, and voids that attempt", async () => {
    const job = await house.createAndClaim();
    await house.synthesis.remove(job.id);

    await reconcile(deps);

    expect(repairs).toEqual(["entry_restored"]);
    expect(await house.reread(job)).toMatchObject({ status: "pending" });
    expect(await entryOf(job)).toBe("open");
    expect(await house.jobs.apply(release(job))).toBe("applied"); // It says so twice, and changes nothing.
  });

  it("runs a job again whose entry was completed without a commit", async () => {
    const job = await house.createAndClaim();
    await endEntry("synthesis", "done");
    expect(await entryOf(job)).toBe("completed");

    await reconcile(deps);

    expect(repairs).toEqual(["entry_restored"]);
    expect(await entryOf(job)).toBe("open");
  });

  it.each([
    ["Redis refused what its attempts needed", "OOM command not allowed when used memory > 'maxmemory'."],
    ["its outcome was not written down", "engine_failed"],
  ])("runs a job again whose entry failed because %s", async (_, reason) => {
    const job = await house.createAndClaim();
    await endEntry("synthesis", "give_up", reason);

    await reconcile(deps);

    expect(repairs).toEqual(["entry_restored"]);
    expect(await house.reread(job)).toMatchObject({ status: "pending" });
    expect(await entryOf(job)).toBe("open");
  });

  it("fails a job whose entries failed time after time", async () => {
    const job = await house.createAndClaim();
    await house.redis.hset(house.keys.job(job.tenant, job.id), "attempts", "10");
    await endEntry("synthesis", "give_up", "the text of an unfinished job is missing");

    await reconcile(deps);

    expect(repairs).toEqual(["job_failed"]);
    expect(await house.reread(job)).toMatchObject({ status: "failed", error: { code: "internal_error" } });
  });

  it("fails a job that the queue gave up, tells the client, and sweeps up the lost attempt's audio", async () => {
    const job = await house.createAndClaim();
    const key = audioKeyOf({ tenant: job.tenant, jobId: job.id, fence: job.fence, format: "mp3" });
    await house.storage.put(key, Readable.from([Buffer.from("half")]));
    await endEntry("synthesis", "give_up", WORKER_LOST);
    expect(await entryOf(job)).toBe("lost");

    await reconcile(deps);

    expect(repairs).toEqual(["worker_lost"]);
    expect(await house.reread(job)).toMatchObject({ status: "failed", error: { code: "worker_lost" } });
    expect(await deliveryEntryOf(job)).toBe("open");
    expect(await house.has(key)).toBe(false);
    expect(await isOpen(job)).toBe(false);
  });

  it("forgets a listing whose job is gone, and one whose job has ended", async () => {
    const { job: gone } = await house.create();
    await house.redis.del(house.keys.job(gone.tenant, gone.id));
    const ended = await house.completed({ request: { webhookUrl: null } });
    await house.redis.zadd(house.keys.openJobs, "1", `${ended.tenant}:${ended.id}`);

    await reconcile(deps);

    expect(repairs).toEqual(["listing_dropped", "listing_dropped"]);
    expect(await isOpen(gone)).toBe(false);
    expect(await isOpen(ended)).toBe(false);
    expect(await house.reread(ended)).toEqual(ended);
  });

  it("removes the entry that a cancelled job left waiting", async () => {
    const { job } = await house.create();
    await house.finishJob(job, cancel(job, new Date()));
    expect(await entryOf(job)).toBe("open");

    await reconcile(deps);

    expect(repairs).toEqual(["ghost_removed"]);
    expect(await entryOf(job)).toBe("missing");
    expect(await house.redis.zcard(house.keys.looseEntries)).toBe(0);
  });

  it("counts no repair for a cancellation that took its entry along", async () => {
    const { job } = await house.create();
    await house.finishJob(job, cancel(job, new Date()));
    await house.synthesis.remove(job.id);

    await reconcile(deps);

    expect(repairs).toEqual([]);
    expect(await house.redis.zcard(house.keys.looseEntries)).toBe(0);
  });

  it("leaves creations and endings in flight to their writers", async () => {
    const { job } = await house.create();
    await house.synthesis.remove(job.id);
    const ended = await house.completed();
    await house.webhooks.remove(eventIdOf(ended.id));

    expect(await reconcile({ ...deps, now: () => new Date() })).toMatchObject({ lookedAt: 0 });
    expect(repairs).toEqual([]);
  });

  it("is not held up by a record that cannot be read", async () => {
    const { job: broken } = await house.create();
    const { job } = await house.create();
    await house.redis.hset(house.keys.job(broken.tenant, broken.id), "request", "{");
    await house.synthesis.remove(broken.id);
    await house.synthesis.remove(job.id);

    expect(await reconcile(deps)).toEqual({ lookedAt: 2, repaired: 1, failed: 1 });
    expect(house.faults).toEqual([refOf(broken)]);
    expect(await entryOf(job)).toBe("open");
  });

  it("twice, by two housekeepers at the same time, leaves one entry for each job", async () => {
    const jobs = await Promise.all(Array.from({ length: 20 }, async () => (await house.create()).job));
    for (const job of jobs) await house.synthesis.remove(job.id);

    await Promise.all([reconcile(deps), reconcile(deps)]);

    expect(house.faults).toEqual([]);
    expect(await house.redis.zcard(`${house.keys.queuePrefix}:synthesis:prioritized`)).toBe(20);
  });

  it("reaches the jobs of a list longer than one run looks at, in the next one", async () => {
    const at = "1000";
    const filler = Array.from({ length: 10_400 }, (_, i) => [
      at,
      `filler:${String(i).padStart(6, "0")}`,
    ]).flat();
    await house.redis.zadd(house.keys.openJobs, ...filler);
    const { job } = await house.create();
    await house.synthesis.remove(job.id);
    const standing = { ...house.upkeep, jobStatuses: withPending(house.upkeep) };
    const entries = { ...house.synthesis, statesOf: withOpen(house.synthesis) };

    const first = await reconcile({ ...deps, upkeep: standing, synthesis: entries });
    expect([first.lookedAt, repairs]).toEqual([10_000, []]);

    const second = await reconcile({ ...deps, upkeep: standing, synthesis: entries });
    expect([second.lookedAt, repairs]).toEqual([401, ["entry_restored"]]);
    expect(await house.upkeep.cursor("openJobs")).toBe(0);
  });
});

/** The fillers of a long list pass for jobs that wait. */
function withPending(upkeep: UpkeepStore): UpkeepStore["jobStatuses"] {
  return async (refs) => {
    const statuses = await upkeep.jobStatuses(refs);
    return refs.map(({ tenant }, i) => (tenant === "filler" ? "pending" : (statuses[i] ?? null)));
  };
}

function withOpen(queue: WorkQueue<JobEntry>): WorkQueue<JobEntry>["statesOf"] {
  return async (ids) => {
    const states = await queue.statesOf(ids);
    return ids.map((id, i) => (id.length === 6 ? "open" : (states[i] ?? "missing")));
  };
}

describe("reconciling webhooks", () => {
  it("enqueues a delivery whose entry was lost, under the same event id", async () => {
    const job = await house.completed();
    await house.webhooks.remove(eventIdOf(job.id));

    await reconcile(deps);

    expect(repairs).toEqual(["delivery_restored"]);
    expect(await deliveryEntryOf(job)).toBe("open");
  });

  it("enqueues the delivery to an endpoint whose entry was lost, and leaves one that is parked", async () => {
    const endpoint = await house.addEndpoint();
    const disabled = await house.addEndpoint({ enabled: false });
    const job = await house.completed();
    const ids = [endpoint, disabled].map((known) => deliveryTo(known, job).deliveryId);
    await house.webhooks.remove(ids[0] ?? "");

    await reconcile(deps);

    expect(repairs).toEqual(["delivery_restored"]);
    expect(await house.webhooks.statesOf(ids)).toEqual(["open", "missing"]);
  });

  it("enqueues a delivery again whose entry ended without an outcome", async () => {
    const job = await house.completed();
    await endEntry("webhook-delivery", "give_up");
    await recordAttempts(job, 3);

    await reconcile(deps);

    expect(repairs).toEqual(["delivery_restored"]);
    expect(await deliveryEntryOf(job)).toBe("open");
  });

  it("gives a delivery up whose attempts were all made, and the job says so", async () => {
    const job = await house.completed();
    await endEntry("webhook-delivery", "give_up");
    await recordAttempts(job, 4);

    await reconcile(deps);

    expect(repairs).toEqual(["delivery_failed"]);
    expect((await house.reread(job)).webhook).toMatchObject({
      status: "failed",
      attempts: 4,
      lastStatusCode: 500,
      nextAttemptAt: null,
    });
    expect(await house.deliveries.attempts(webhookOf(job))).toHaveLength(4);
    expect(await house.redis.zcard(house.keys.openDeliveries)).toBe(0);
  });

  it("carries an operator's retry through whose entry was lost, all attempts of the former round notwithstanding", async () => {
    const job = await house.completed();
    await recordAttempts(job, 4);
    await house.webhooks.remove(eventIdOf(job.id));
    await reconcile(deps);
    const delivery = await house.deliveries.find(webhookOf(job));
    if (delivery === null) throw new Error("no delivery");

    await house.deliveries.reopen(delivery, (await house.reread(job)).webhook, new Date());
    await reconcile(deps);

    expect(repairs).toEqual(["delivery_failed", "delivery_restored"]);
    expect(await deliveryEntryOf(job)).toBe("open");
    expect((await house.reread(job)).webhook).toMatchObject({ status: "pending", attempts: 0 });
  });

  it("forgets a listing whose delivery is gone", async () => {
    const job = await house.completed();
    await house.redis.del(house.keys.delivery(job.tenant, eventIdOf(job.id)));

    await reconcile(deps);

    expect(repairs).toEqual(["delivery_dropped"]);
    expect(await house.redis.zcard(house.keys.openDeliveries)).toBe(0);
  });
});

describe("any crash between two writes", () => {
  const seed = Date.now() % 2 ** 31;

  it(`is mended after two runs: an open record has one open entry (seed ${seed})`, async () => {
    const random = seededRandom(seed);
    const dice = (sides: number): number => Math.floor(random() * sides);
    const jobs: Job[] = [];
    for (let i = 0; i < 60; i++) {
      const { job } = await house.create();
      jobs.push(job);
      // As the API does it, only a job that no worker has can be cancelled.
      if (dice(3) === 0) await house.finishJob(job, cancel(job, new Date()));
      else if (dice(2) === 0) await house.claim({ ref: refOf(job) });
      if (dice(2) === 0) await house.synthesis.remove(job.id);
      if (dice(3) === 0) await house.webhooks.remove(eventIdOf(job.id));
      if (dice(6) === 0) await house.redis.del(house.keys.job(job.tenant, job.id));
    }

    await reconcile(deps);
    const before = repairs.length;
    await reconcile(deps);

    expect(before).toBeGreaterThan(0);
    expect(repairs).toHaveLength(before);
    for (const listed of jobs) {
      const job = await house.jobs.find(refOf(listed));
      const open = job?.status === "pending" || job?.status === "processing";
      expect([await isOpen(listed), (await entryOf(listed)) === "open"]).toEqual([open, open]);
      const owed = job?.status === "cancelled";
      expect((await deliveryEntryOf(listed)) === "open").toBe(owed || (await strayDelivery(job, listed)));
    }
  });

  /** A record that vanished leaves its delivery's entry to the worker, who finds nothing to deliver. */
  async function strayDelivery(job: Job | null, listed: Job): Promise<boolean> {
    return job === null && (await deliveryEntryOf(listed)) === "open";
  }
});
