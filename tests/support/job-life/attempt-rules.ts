import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { newFence } from "@herald/shared/jobs/ids";
import type { Job } from "@herald/shared/jobs/job";
import { complete, fail, release, type ClaimedJob } from "@herald/shared/jobs/status";
import { queueNames } from "@herald/queue/queues/entries";
import { WaitingError } from "bullmq";
import { giveBack } from "@herald/queue/worker/give-back";
import { settle, type Outcome } from "@herald/queue/worker/outcome";
import { audioOf, type TestStore } from "../test-store.ts";
import { always, refOf, type Rule } from "./rule.ts";
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

const under =
  (wanted: (attempt: ModelAttempt) => boolean) =>
  ({ attempts }: World): readonly ModelAttempt[] =>
    attempts.filter(wanted);

export const takeRule: Rule<null> = {
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

export const claimRule: Rule<ModelAttempt> = {
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

export const decideRule = (decision: Decision): Rule<ModelAttempt> => ({
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
export const resendRule: Rule<ModelAttempt> = {
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
export const settleRule: Rule<ModelAttempt> = {
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

/** What a worker answers, and what BullMQ does with it. */
async function tellQueue({ entry, token, decision }: ModelAttempt, place: Place): Promise<void> {
  const held = { queue: queueOf(place), entry, token, onError: rethrow };
  const fault = await settle(outcomeOf(decision), held).then(
    () => null,
    (error: unknown) => error as Error,
  );
  if (fault instanceof WaitingError) return;
  if (fault === null) await entry.moveToCompleted(null, token, false);
  else await entry.moveToFailed(fault, token);
}

function rethrow(error: Error): never {
  throw error;
}

function outcomeOf(decision: ModelAttempt["decision"]): Outcome {
  switch (decision) {
    case "retry":
      return { kind: "retry", reason: decision };
    case "fail":
      return { kind: "give_up", reason: decision };
    case "hand_back":
      return { kind: "hand_back" };
    case "complete":
    case "nothing_to_do":
    case null:
      return { kind: "done" };
  }
}

/** The worker is taken for dead and its entry goes to another, while it may still be at it. */
export const stallRule: Rule<ModelAttempt> = {
  name: "stall",
  among: (world) => world.attempts.filter(({ jobId, token }) => jobOf(world, jobId).holder === token),
  async run({ entry, token, jobId }, world, place) {
    await giveBack(queueOf(place), entry, token);
    jobOf(world, jobId).holder = null;
  },
};

export const progressRule: Rule<ModelAttempt> = {
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

function queueOf({ store: { redis, keys } }: Place) {
  return { redis, keys, queue: queueNames.synthesis };
}
