import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { cancel, complete, fail, newFence, release, type ClaimedJob, type Job } from "@herald/shared/job";
import { queueNames } from "@herald/shared/queues";
import fc, { type AsyncCommand } from "fast-check";
import { giveBack } from "../../../packages/shared/src/worker/give-back.ts";
import { settle } from "../../../packages/shared/src/worker/outcome.ts";
import { audioOf, TENANT, type TestStore } from "../test-store.ts";
import { checkInvariants } from "./invariants.ts";
import {
  expectedAnswer,
  isOver,
  jobOf,
  STATUS_AFTER,
  type Decision,
  type ModelAttempt,
  type Place,
  type World,
} from "./world.ts";

type Step = AsyncCommand<World, Place>;

/** Something that may happen to one of several things: `pick` says which, among those to which it can. */
interface Rule<T> {
  readonly name: string;
  readonly among: (world: World) => readonly T[];
  readonly run: (thing: T, world: World, place: Place) => Promise<void>;
}

function step<T>({ name, among, run }: Rule<T>, pick: number): Step {
  return {
    check: (world) => among(world).length > 0,
    async run(world, place) {
      const things = among(world);
      await run(things[pick % things.length] as T, world, place);
      await checkInvariants(world, place.store);
    },
    toString: () => `${name}(${pick})`,
  };
}

const always = (): readonly null[] => [null];
const under =
  (wanted: (attempt: ModelAttempt) => boolean) =>
  ({ attempts }: World): readonly ModelAttempt[] =>
    attempts.filter(wanted);

const NAMES = ["a", "b", "c"];

const createRule = (wantsWebhook: boolean): Rule<null> => ({
  name: "create",
  among: always,
  async run(_, world, { store }) {
    const { job, replayed } = await store.create({ request: requestWith(wantsWebhook) });
    assert.equal(replayed, false);
    remember(world, job.id, wantsWebhook);
  },
});

const createNamedRule: Rule<string> = {
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

const takeRule: Rule<null> = {
  name: "take",
  among: always,
  async run(_, world, { take }) {
    const token = randomUUID();
    const entry = await take(token);
    if (entry === undefined) return;
    const job = jobOf(world, entry.id ?? "");
    assert.deepEqual([job.hasEntry, job.holder], [true, null], "an entry went to two workers");
    job.holder = token;
    const isLast = entry.attemptsMade + 1 >= (entry.opts.attempts ?? 1);
    world.attempts.push({
      token,
      jobId: job.id,
      entry,
      isLast,
      claimed: null,
      decision: null,
      settled: false,
    });
  },
};

const claimRule: Rule<ModelAttempt> = {
  name: "claim",
  among: under(({ claimed, decision }) => claimed === null && decision === null),
  async run(attempt, world, { store }) {
    const job = jobOf(world, attempt.jobId);
    const fence = newFence();
    const { token } = attempt;
    const claim = await store.jobs.claim({ ref: refOf(job.id), fence, token, now: new Date() });
    if (isOver(job.status)) {
      assert.equal(claim.kind, "finished");
      attempt.decision = "nothing_to_do";
      return;
    }
    if (job.holder !== token) {
      assert.equal(claim.kind, "not_held");
      attempt.decision = "nothing_to_do";
      return;
    }
    assert(claim.kind === "claimed", `the claim of a ${job.status} job was ${claim.kind}`);
    assert.deepEqual([claim.text, claim.formerFence], ["Hello.", job.fence]);
    attempt.claimed = claim.job;
    Object.assign(job, { status: "processing", fence, attempts: job.attempts + 1 });
  },
};

const decideRule = (decision: Decision): Rule<ModelAttempt> => ({
  name: decision,
  among: under(
    (attempt) =>
      attempt.claimed !== null && attempt.decision === null && !(attempt.isLast && decision === "retry"),
  ),
  async run(attempt, world, place) {
    attempt.decision = decision;
    await writeDecision(attempt, world, place);
  },
});

/** The connection broke before the answer, so the same is sent once more. */
const resendRule: Rule<ModelAttempt> = {
  name: "resend",
  among: under(({ claimed, decision }) => claimed !== null && decision !== null),
  run: writeDecision,
};

async function writeDecision(attempt: ModelAttempt, world: World, { store }: Place): Promise<void> {
  const { claimed, decision } = attempt;
  assert(claimed !== null && decision !== null && decision !== "nothing_to_do");
  const job = jobOf(world, attempt.jobId);
  const to = STATUS_AFTER[decision];
  const expected = expectedAnswer(job, claimed.fence, to);
  assert.equal(await write(store, claimed, decision), expected);
  if (expected === "applied") job.status = to;
}

const FAULT = { code: "engine_failed", message: "the speech engine failed", segment: null };

function write(store: TestStore, job: Job & ClaimedJob, decision: Decision): Promise<"applied" | "stale"> {
  switch (decision) {
    case "complete":
      return store.finishJob(job, complete(job, { audio: audioOf(job), segments: 1 }, new Date()));
    case "fail":
      return store.finishJob(job, fail(job, FAULT, new Date()));
    case "retry":
    case "hand_back":
      return store.jobs.apply(release(job));
  }
}

/** The second half of an attempt's end: the queue is told. It refuses whoever does not hold the entry any more. */
const settleRule: Rule<ModelAttempt> = {
  name: "settle",
  among: under(({ decision, settled }) => decision !== null && !settled),
  async run(attempt, world, place) {
    const job = jobOf(world, attempt.jobId);
    attempt.settled = true;
    if (job.holder !== attempt.token) {
      await assert.rejects(tellQueue(attempt, place));
      return;
    }
    await tellQueue(attempt, place);
    job.holder = null;
    job.hasEntry = attempt.decision === "retry" || attempt.decision === "hand_back";
  },
};

async function tellQueue({ entry, token, decision }: ModelAttempt, place: Place): Promise<void> {
  switch (decision) {
    case "retry":
    case "fail":
      await entry.moveToFailed(reasonFor(decision), token);
      return;
    case "hand_back":
      await giveBack(queueOf(place), entry, token);
      return;
    case "complete":
    case "nothing_to_do":
    case null:
      await entry.moveToCompleted(null, token, false);
  }
}

/** What BullMQ would have caught: the error's class tells it whether there is another attempt. */
function reasonFor(decision: "retry" | "fail"): Error {
  try {
    settle({ kind: decision === "retry" ? "retry" : "give_up", reason: decision });
  } catch (error) {
    return error as Error;
  }
  throw new Error("an attempt that failed is an error to BullMQ");
}

/** The worker is taken for dead and its entry goes to another, while it may still be at it. */
const stallRule: Rule<ModelAttempt> = {
  name: "stall",
  among: (world) => world.attempts.filter(({ jobId, token }) => jobOf(world, jobId).holder === token),
  async run({ entry, token, jobId }, world, place) {
    await giveBack(queueOf(place), entry, token);
    jobOf(world, jobId).holder = null;
  },
};

const progressRule: Rule<ModelAttempt> = {
  name: "progress",
  among: under(({ claimed }) => claimed !== null),
  async run({ claimed, jobId }, world, { store }) {
    assert(claimed !== null);
    const { fence } = claimed;
    const job = jobOf(world, jobId);
    const answer = await store.jobs.recordProgress({
      ref: refOf(jobId),
      fence,
      segmentsDone: 1,
      segmentsTotal: 2,
    });
    assert.equal(answer, job.status === "processing" && job.fence === fence ? "applied" : "stale");
  },
};

const lookToCancelRule: Rule<string> = {
  name: "look_to_cancel",
  among: ({ jobs }) => [...jobs.values()].filter(({ status }) => !isOver(status)).map(({ id }) => id),
  async run(jobId, { cancellations }, { store }) {
    const seen = await store.jobs.find(refOf(jobId));
    assert(seen !== null);
    cancellations.push({ seen });
  },
};

/** `dies`: the process ends before it takes the entry from the queue. */
const cancelRule = (dies: boolean): Rule<World["cancellations"][number]> => ({
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

const RULES = [
  createRule(true),
  createRule(false),
  createNamedRule,
  takeRule,
  takeRule,
  claimRule,
  claimRule,
  decideRule("complete"),
  decideRule("fail"),
  decideRule("retry"),
  decideRule("hand_back"),
  resendRule,
  settleRule,
  settleRule,
  stallRule,
  progressRule,
  lookToCancelRule,
  cancelRule(false),
  cancelRule(true),
] as readonly Rule<unknown>[];

export const anyStep: readonly fc.Arbitrary<Step>[] = RULES.map((rule) =>
  fc.nat(9).map((pick) => step(rule, pick)),
);

/** From wherever a random run left things: dead workers' entries go back, and a worker that lives does what is left. */
export async function runToTheEnd(world: World, place: Place): Promise<void> {
  await repeat(stallRule, world, place);
  await place.promoteDelayed();
  const before = world.attempts.length;
  for (let taken = -1; taken !== world.attempts.length;) {
    taken = world.attempts.length;
    await takeRule.run(null, world, place);
  }
  const fresh = new Set(world.attempts.slice(before));
  for (const rule of [claimRule, decideRule("complete"), settleRule]) {
    const among = (of: World) => rule.among(of).filter((attempt) => fresh.has(attempt));
    await repeat({ ...rule, among }, world, place);
  }
  await checkInvariants(world, place.store);
}

async function repeat<T>({ among, run }: Rule<T>, world: World, place: Place): Promise<void> {
  for (let [thing] = among(world); thing !== undefined; [thing] = among(world)) {
    await run(thing, world, place);
  }
}

function queueOf({ store: { redis, keys } }: Place) {
  return { redis, keys, queue: queueNames.synthesis };
}

function refOf(jobId: string) {
  return { tenant: TENANT, jobId };
}
