import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { newJobId } from "@herald/shared/jobs/ids";
import { queueNames } from "@herald/queue/queues/entries";
import { scheduleHousekeeping } from "@herald/queue/queues/housekeeping";
import { openOperatedQueue, type OperatedQueue } from "@herald/queue/queues/operated-queue";
import { openTestBoard, type TestBoard } from "../../../../tests/support/test-board.ts";

const MARK = "PLANTED";
const planted = (field: string) => `${MARK} in ${field} https://receiver.test/hook/${MARK}?token=${MARK}`;

let board: TestBoard;
beforeEach(() => {
  board = openTestBoard();
});
afterEach(() => board.close());

/** An entry with something in every field that Redis may hold of it, as a fault of ours, or of BullMQ's, might leave. */
async function plant(
  { bull: queue }: OperatedQueue,
  state: "failed" | "completed" | "wait" | "delayed",
): Promise<string> {
  const id = newJobId(new Date());
  const opts = {
    delay: planted("delay"),
    telemetry: { metadata: planted("telemetry") },
    parent: planted("parent"),
  };
  const backoff = { type: planted("backoff"), delay: planted("delay") };
  await board.redis.hset(queue.toKey(id), {
    name: planted("name"),
    data: JSON.stringify({ text: planted("text"), webhookUrl: planted("url"), tenant: planted("tenant"), jobId: planted("jobId"), eventId: planted("eventId"), task: planted("task"), requestId: MARK }), // prettier-ignore
    opts: JSON.stringify({ ...opts, backoff, attempts: planted("attempts"), de: { id: planted("de") } }),
    timestamp: String(Date.now()),
    delay: "0",
    priority: "0",
    processedOn: String(Date.now()),
    finishedOn: String(Date.now()),
    pb: planted("processedBy"),
    progress: JSON.stringify({ text: planted("progress") }),
    returnvalue: JSON.stringify({ audio: planted("returnvalue") }),
    failedReason: planted("failedReason"),
    stacktrace: JSON.stringify([planted("stacktrace")]),
    deid: planted("deduplicationId"),
    defa: planted("deferredFailure"),
    rjk: planted("repeatJobKey"),
    nrjid: planted("nextRepeatableJobId"),
    parentKey: planted("parentKey"),
    unheardOf: planted("a field of tomorrow"),
  });
  await board.redis.rpush(`${queue.toKey(id)}:logs`, planted("logs"));
  if (state === "wait") await board.redis.lpush(queue.toKey("wait"), id);
  else await board.redis.zadd(queue.toKey(state), Date.now(), id);
  return id;
}

describe("no answer of the board", () => {
  it.each(["viewer", "operator"] as const)(
    "shows a %s what people wrote, whatever an entry holds",
    async (role) => {
      const browser = await board.signedIn(role);
      const paths = ["/", "/api/queues", "/api/job-schedulers", "/queue/synthesis"];
      for (const name of Object.values(queueNames)) {
        const queue = openOperatedQueue({ redis: board.redis, prefix: board.keys.queuePrefix, name });
        paths.push(`/api/queues?activeQueue=${name}`);
        for (const state of ["failed", "completed", "wait", "delayed"] as const) {
          const id = await plant(queue, state);
          for (const more of ["", "/logs", "/flow"]) paths.push(`/api/queues/${name}/${id}${more}`);
        }
        for (const more of ["metrics", "rate-limit", "default-job-options", "workers", "job-data-schema"]) {
          paths.push(`/api/queues/${name}/${more}`);
        }
        await queue.stop();
      }

      const answers = await Promise.all(
        paths.map(async (path) => ({ path, answer: await browser.get(`/admin/queues${path}`) })),
      );

      for (const { path, answer } of answers) {
        expect([path, answer.status < 500]).toEqual([path, true]);
        expect([path, `${answer.text} ${JSON.stringify(answer.headers)}`.includes(MARK)]).toEqual([
          path,
          false,
        ]);
      }
      expect(answers.map(({ answer }) => answer.text).join()).toContain("an unexpected error");
    },
  );

  it("shows more of a real entry than ids, attempts and times; to a viewer not even the tenant", async () => {
    const { job, eventId } = await board.failedDelivery({ text: `${MARK} text`, request: { metadata: { note: MARK }, requestId: MARK, webhookUrl: `https://receiver.test/${MARK}` } }); // prettier-ignore
    const path = `/admin/queues/api/queues/webhook-delivery/${eventId}`;

    const seen = { operator: await (await board.signedIn("operator")).get(path), viewer: await (await board.signedIn("viewer")).get(path) }; // prettier-ignore

    expect(seen.operator.text + seen.viewer.text).not.toContain(MARK);
    expect(seen.operator.body).toMatchObject({
      status: "failed",
      job: {
        id: eventId,
        data: { tenant: job.tenant, jobId: job.id, eventId },
        attempts: 1,
        failedReason: "status 503",
      },
    });
    expect((seen.viewer.body as { job: { data: object } }).job.data).toEqual({ jobId: job.id, eventId });
  });

  it("shows what a fault of ours says", async () => {
    const browser = await board.signedIn("operator");
    const id = newJobId(new Date());
    await board.redis.set(`${board.keys.queuePrefix}:synthesis:${id}`, "not a hash");

    const answer = await browser.get(`/admin/queues/api/queues/synthesis/${id}`);

    expect(answer.status).toBe(500);
    expect(answer.body).toMatchObject({
      error: { code: "internal_error", message: "something went wrong on our side" },
    });
    expect(answer.text).not.toMatch(/WRONGTYPE|at /);
  });

  it("shows the schedules with more than their times and names", async () => {
    const { redis, keys } = board;
    const everyMs = { "expire-audio": 60_000, reconcile: 60_000, "purge-records": 60_000 };
    await scheduleHousekeeping({ redis, prefix: keys.queuePrefix, everyMs });

    const answer = await (await board.signedIn("viewer")).get("/admin/queues/api/job-schedulers");

    const { schedulers } = answer.body as { schedulers: Record<string, unknown>[] };
    expect(schedulers.map(({ id }) => id).sort()).toEqual(["expire-audio", "purge-records", "reconcile"]);
    for (const { template } of schedulers) expect(template).toBeUndefined();
  });

  it("is larger than a hundred entries", async () => {
    const browser = await board.signedIn("viewer");

    expect((await browser.get("/admin/queues/api/queues?activeQueue=synthesis&jobsPerPage=101")).status).toBe(
      400,
    );
    expect((await browser.get("/admin/queues/api/queues?activeQueue=synthesis&jobsPerPage=100")).status).toBe(
      200,
    );
  });
});
