import assert from "node:assert/strict";
import { cancel } from "@herald/shared/jobs/status";
import { always, refOf, type Rule } from "./rule.ts";
import { isOver, jobOf, type World } from "./world.ts";

const NAMES = ["a", "b", "c"];

export const createRule = (wantsWebhook: boolean): Rule<null> => ({
  name: "create",
  among: always,
  async run(_, world, { store }) {
    const { job, replayed } = await store.create({ request: requestWith(wantsWebhook) });
    assert.equal(replayed, false);
    remember(world, job.id, wantsWebhook);
  },
});

export const createNamedRule: Rule<string> = {
  name: "create_again",
  among: () => NAMES,
  async run(idempotencyKey, world, { store }) {
    const { job, replayed } = await store.create({ idempotencyKey });
    const standing = world.idempotencyKeys.get(idempotencyKey);
    assert.deepEqual([job.id, replayed], [standing ?? job.id, standing !== undefined]);
    if (standing === undefined) remember(world, job.id, true);
    world.idempotencyKeys.set(idempotencyKey, job.id);
  },
};

function requestWith(wantsWebhook: boolean) {
  return wantsWebhook ? {} : { webhookUrl: null };
}

function remember({ jobs }: World, id: string, wantsWebhook: boolean): void {
  jobs.set(id, {
    id,
    wantsWebhook,
    status: "pending",
    attempts: 0,
    fence: null,
    holder: null,
    hasEntry: true,
    frozenBody: null,
  });
}

export const lookToCancelRule: Rule<string> = {
  name: "look_to_cancel",
  among: ({ jobs }) => [...jobs.values()].filter(({ status }) => !isOver(status)).map(({ id }) => id),
  async run(jobId, { cancellations }, { store }) {
    const seen = await store.jobs.find(refOf(jobId));
    assert(seen !== null);
    cancellations.push({ seen });
  },
};

/** `dies`: the process ends before it takes the entry from the queue. */
export const cancelRule = (dies: boolean): Rule<World["cancellations"][number]> => ({
  name: dies ? "cancel_and_die" : "cancel",
  among: ({ cancellations }) => cancellations,
  async run(cancellation, world, { store }) {
    world.cancellations.splice(world.cancellations.indexOf(cancellation), 1);
    const { seen } = cancellation;
    const job = jobOf(world, seen.id);
    const expected = job.status === seen.status ? "applied" : "stale";
    assert.equal(await store.finishJob(seen, cancel(seen, new Date())), expected);
    if (expected === "stale") return;
    job.status = "cancelled";
    if (dies) return;
    await store.synthesis.remove(seen.id);
    if (job.holder === null) job.hasEntry = false;
  },
});
