import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { Job } from "@herald/shared/jobs/job";
import { cancel } from "@herald/shared/jobs/status";
import { eventIdOf } from "@herald/shared/webhooks/webhook-ids";
import { scheduleHousekeeping } from "@herald/queue/queues/housekeeping";
import { openOperatedQueue } from "@herald/queue/queues/operated-queue";
import { openTestBoard, type TestBoard } from "../../../../tests/support/test-board.ts";
import { webhookOf } from "../../../../tests/support/test-store.ts";
import { waitFor } from "../../../../tests/support/wait.ts";
import { startTestWorker } from "../../../../tests/support/test-worker.ts";

const API = "/admin/queues/api/queues";
let board: TestBoard;
let operator: Awaited<ReturnType<TestBoard["signedIn"]>>;

beforeEach(async () => {
  board = openTestBoard();
  operator = await board.signedIn("operator");
});
afterEach(() => board.close());

const deliveryOf = async (job: Job) => board.deliveries.find(webhookOf(job));
const isOwed = async (job: Job) =>
  (await board.redis.zscore(board.keys.openDeliveries, `${job.tenant}:${eventIdOf(job.id)}`)) !== null;
const errorOf = ({ body }: { body: unknown }) => body as { error: { code: string }; message: string };

/** Takes one entry and says which attempt it was. */
async function nextAttempt(): Promise<{ id: string; number: number; isLast: boolean }> {
  const seen: { id: string; number: number; isLast: boolean }[] = [];
  const worker = startTestWorker({
    queue: "webhook-delivery",
    keys: board.keys,
    redis: board.redis,
    process({ id, number, isLast }) {
      seen.push({ id, number, isLast });
      return Promise.resolve({ kind: "done" });
    },
  });
  await waitFor(() => seen.length > 0);
  await worker.stop();
  if (seen[0] === undefined) throw new Error("nothing was taken");
  return seen[0];
}

describe("retrying a delivery that was given up", () => {
  it("has the record, the job and the queue say pending, under the same event id, with all attempts ahead", async () => {
    const { job, eventId } = await board.failedDelivery();
    expect(job.webhook).toMatchObject({ status: "failed", attempts: 4 });
    expect(await isOwed(job)).toBe(false);

    const answer = await operator.put(`${API}/webhook-delivery/${eventId}/retry`);

    expect(answer.status).toBe(204);
    expect(await deliveryOf(job)).toMatchObject({ status: "pending", eventId, earlierAttempts: 4 });
    expect((await board.reread(job)).webhook).toMatchObject({
      status: "pending",
      attempts: 0,
      lastStatusCode: 503,
      nextAttemptAt: null,
    });
    expect(await isOwed(job)).toBe(true);
    expect(await board.stateOf("webhook-delivery", eventId)).toBe("waiting");
    expect(await nextAttempt()).toEqual({ id: eventId, number: 1, isLast: false });
    expect(await board.deliveries.attempts(webhookOf(job))).toHaveLength(4);
  });

  it("twice is refused the second time, and changes nothing", async () => {
    const { job, eventId } = await board.failedDelivery();

    const answers = await Promise.all([
      operator.put(`${API}/webhook-delivery/${eventId}/retry`),
      operator.put(`${API}/webhook-delivery/${eventId}/retry`),
    ]);
    const later = await operator.put(`${API}/webhook-delivery/${eventId}/retry`);

    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
    expect(later.status).toBe(409);
    expect(await deliveryOf(job)).toMatchObject({ status: "pending", earlierAttempts: 4 });
    expect(await board.webhooks.counts()).toMatchObject({ waiting: 1, failed: 0 });
  });

  it("goes on where a retry that died between record and entry stopped", async () => {
    const { job, eventId } = await board.failedDelivery();
    const delivery = await deliveryOf(job);
    if (delivery === null) throw new Error("no delivery");
    await board.deliveries.reopen(delivery, job.webhook, new Date());

    const answer = await operator.put(`${API}/webhook-delivery/${eventId}/retry`);

    expect(answer.status).toBe(204);
    expect(await board.stateOf("webhook-delivery", eventId)).toBe("waiting");
  });

  it("is refused when the webhook arrived after all, or the record has expired", async () => {
    const arrived = await board.failedDelivery();
    const expired = await board.failedDelivery();
    await board.redis.hset(board.keys.delivery(arrived.job.tenant, arrived.eventId), "status", "delivered");
    await board.redis.del(board.keys.job(expired.job.tenant, expired.job.id));

    const answers = [
      await operator.put(`${API}/webhook-delivery/${arrived.eventId}/retry`),
      await operator.put(`${API}/webhook-delivery/${expired.eventId}/retry`),
    ];

    expect(answers.map(({ status }) => status)).toEqual([409, 409]);
    expect(answers.map((answer) => errorOf(answer).message)).toEqual([
      "not possible: the webhook was delivered",
      "not possible: its record has expired",
    ]);
    expect(await board.webhooks.counts()).toMatchObject({ waiting: 0, failed: 2 });
    expect(await board.redis.exists(board.keys.job(expired.job.tenant, expired.job.id))).toBe(0);
  });

  it("of all at once retries what can be retried and counts what cannot", async () => {
    const deliveries = [];
    for (let i = 0; i < 3; i++) deliveries.push(await board.failedDelivery());
    const [first] = deliveries;
    await board.redis.hset(board.keys.delivery("acme", first?.eventId ?? ""), "status", "delivered");

    const answer = await operator.put(`${API}/webhook-delivery/retry/failed`);

    expect(answer.body).toEqual({ retried: 2, skipped: 1 });
    expect(await board.webhooks.counts()).toMatchObject({ waiting: 2, failed: 1 });
    for (const { job } of deliveries.slice(1)) {
      expect((await board.reread(job)).webhook.status).toBe("pending");
    }
    expect((await nextAttempt()).number).toBe(1);
  });
});

describe("retrying a job that failed", () => {
  it("is refused, says to submit again, and leaves record and entry as they were", async () => {
    const job = await board.failedJob();

    const one = await operator.put(`${API}/synthesis/${job.id}/retry`);
    const all = await operator.put(`${API}/synthesis/retry/failed`);

    expect(one.status).toBe(409);
    expect(errorOf(one).error.code).toBe("entry_not_retriable");
    expect(errorOf(one).message).toMatch(/submit the text again/);
    expect(all.body).toEqual({ retried: 0, skipped: 1 });
    expect(await board.reread(job)).toEqual(job);
    expect(await board.stateOf("synthesis", job.id)).toBe("failed");
  });
});

describe("promoting", () => {
  it("has a delayed entry wait no longer, at its priority", async () => {
    const { job } = await board.create({ request: { priority: "low" } });
    await board.synthesis.remove(job.id);
    const entry = { tenant: job.tenant, jobId: job.id, requestId: "req-1" };
    await board.synthesis.add(job.id, entry, { delay: 60_000, priority: 3 });

    const answer = await operator.put(`${API}/synthesis/${job.id}/promote`);
    const again = await operator.put(`${API}/synthesis/${job.id}/promote`);

    expect(answer.status).toBe(204);
    expect(await board.stateOf("synthesis", job.id)).toBe("prioritized");
    expect(again.status).toBe(409);
  });

  it("all leaves none delayed", async () => {
    for (let i = 0; i < 3; i++) {
      const eventId = `evt_${i}`;
      const names = { eventId, deliveryId: eventId, endpointId: "url_1" };
      const entry = { tenant: "acme", jobId: "j", ...names, requestId: "r" };
      await board.webhooks.add(eventId, entry, { delay: 60_000 });
    }

    await operator.put(`${API}/webhook-delivery/promote`);

    expect(await board.webhooks.counts()).toMatchObject({ delayed: 0, waiting: 3 });
  });
});

describe("promoting a run of the housekeeping", () => {
  it("has it run now, and the schedule go on", async () => {
    const { redis, keys } = board;
    const everyMs = { "expire-audio": 60_000, reconcile: 60_000, "purge-records": 60_000 };
    await scheduleHousekeeping({ redis, prefix: keys.queuePrefix, everyMs });
    const housekeeping = openOperatedQueue({ redis, prefix: keys.queuePrefix, name: "housekeeping" });
    const delayed = () => housekeeping.list("delayed", { skip: 0, limit: 10 });
    let runs = 0;
    const worker = startTestWorker({
      queue: "housekeeping",
      keys,
      redis,
      process() {
        runs++;
        return Promise.resolve({ kind: "done" });
      },
    });
    await waitFor(async () => (await delayed()).length === 3);
    const [next] = await delayed();
    const runsBefore = runs;

    const answer = await operator.put(`${API}/housekeeping/${next?.id ?? ""}/promote`);

    expect(answer.status).toBe(204);
    await waitFor(async () => runs === runsBefore + 1 && (await delayed()).length === 3);
    await worker.stop();
    await housekeeping.stop();
  });
});

describe("cleaning", () => {
  it("removes what ended and never the entry of a record that is open", async () => {
    const failed = await board.failedJob();
    const { eventId } = await board.failedDelivery();
    const { job: waiting } = await board.create();

    const refused = await operator.put(`${API}/synthesis/${waiting.id}/clean`);
    const removed = await operator.put(`${API}/synthesis/${failed.id}/clean`);
    await operator.put(`${API}/synthesis/clean/prioritized`);
    await operator.put(`${API}/webhook-delivery/clean/failed`);

    expect(refused.status).toBe(409);
    expect(errorOf(refused).message).toMatch(/cancel it/);
    expect(removed.status).toBe(204);
    expect(await board.stateOf("synthesis", waiting.id)).toBe("prioritized");
    expect(await board.stateOf("synthesis", failed.id)).toBe("missing");
    expect(await board.stateOf("webhook-delivery", eventId)).toBe("missing");
    expect((await board.reread(failed)).status).toBe("failed");
  });

  it("skips a delivery that is owed, even if its entry failed", async () => {
    const { job, eventId } = await board.failedDelivery();
    await board.redis.hset(board.keys.delivery(job.tenant, eventId), "status", "pending");

    const answer = await operator.put(`${API}/webhook-delivery/clean/failed`);

    expect(answer.body).toMatchObject({ skipped: 1 });
    expect(await board.stateOf("webhook-delivery", eventId)).toBe("failed");
  });

  it("removes what a cancelled job left waiting", async () => {
    const { job } = await board.create();
    await board.finishJob(job, cancel(job, new Date()));

    await operator.put(`${API}/synthesis/clean/prioritized`);

    expect(await board.stateOf("synthesis", job.id)).toBe("missing");
  });

  it("leaves the schedules of the housekeeping as they are", async () => {
    const { redis, keys } = board;
    const everyMs = { "expire-audio": 60_000, reconcile: 60_000, "purge-records": 60_000 };
    await scheduleHousekeeping({ redis, prefix: keys.queuePrefix, everyMs });
    const housekeeping = openOperatedQueue({ redis, prefix: keys.queuePrefix, name: "housekeeping" });
    const scheduled = async () =>
      [
        ...(await housekeeping.list("delayed", { skip: 0, limit: 10 })),
        ...(await housekeeping.list("waiting", { skip: 0, limit: 10 })),
      ].map(({ id }) => id);
    const before = await scheduled();

    for (const id of before) expect((await operator.put(`${API}/housekeeping/${id}/clean`)).status).toBe(409);
    await operator.put(`${API}/housekeeping/clean/delayed`);
    await operator.put(`${API}/housekeeping/clean/waiting`);

    expect(before).toHaveLength(3);
    expect(await scheduled()).toEqual(before);
    await housekeeping.stop();
  });
});
