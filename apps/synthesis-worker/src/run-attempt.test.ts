import { describe, expect, it } from "@jest/globals";
import { AppError } from "@herald/shared/errors";
import type { Job } from "@herald/shared/jobs/job";
import type { ClaimedJob, Ending, JobChange, Spoken } from "@herald/shared/jobs/status";
import type { Claim } from "@herald/jobs/record/job-store";
import { EngineError } from "@herald/speech/engines/engine-error";
import { SegmentError } from "@herald/speech/speak/segment-error";
import { JobTimeoutError } from "./job-timeout-error.ts";
import { outcomeOf, runAttempt, type RunAttemptDeps } from "./run-attempt.ts";

const NOW = new Date("2026-01-02T03:04:05Z");
const JOB: Job & ClaimedJob = {
  id: "job-1",
  tenant: "acme",
  status: "processing",
  request: {
    inputType: "text",
    voice: "en-us",
    format: "wav",
    sampleRate: 22050,
    speed: 1,
    textChars: 5,
    priority: "normal",
    webhookUrl: null,
    webhookEvents: [],
    metadata: {},
    requestId: "req-1",
  },
  createdAt: NOW,
  startedAt: NOW,
  finishedAt: null,
  attempts: 1,
  fence: "mine",
  segmentsDone: 0,
  segmentsTotal: 0,
  audio: null,
  audioExpired: false,
  error: null,
  webhook: { status: "none", attempts: 0, lastStatusCode: null, lastAttemptAt: null, nextAttemptAt: null },
  toldEndpoints: [],
};
const SPOKEN: Spoken = {
  segments: 1,
  audio: { key: "k", contentType: "audio/wav", bytes: 1, durationSeconds: 2, sha256: "s", expiresAt: 0 },
};
const CLAIMED: Claim = { kind: "claimed", job: JOB, text: "Hello", formerFence: null };

interface Setup {
  readonly claim?: Claim;
  readonly produce?: () => Promise<Spoken>;
  readonly written?: "applied" | "stale";
  readonly isStorageDown?: boolean;
  readonly remove?: () => Promise<void>;
}

function setup({
  claim = CLAIMED,
  produce = () => Promise.resolve(SPOKEN),
  written = "applied",
  isStorageDown = false,
  remove = () => Promise.resolve(),
}: Setup = {}) {
  const endings: Ending[] = [];
  const released: JobChange[] = [];
  const removed: string[] = [];
  const enqueued: Job[] = [];
  const deps: RunAttemptDeps = {
    jobs: {
      claim: () => Promise.resolve(claim),
      apply: (change) => {
        released.push(change);
        return Promise.resolve(written);
      },
    },
    finishJob: (_job, ending) => {
      endings.push(ending);
      return Promise.resolve(written);
    },
    storage: {
      remove: (key) => {
        removed.push(key);
        return remove();
      },
    },
    produceAudio: produce,
    enqueueOwed: (job) => {
      enqueued.push(job);
      return Promise.resolve();
    },
    isStorageToBlame: () => Promise.resolve(isStorageDown),
    now: () => NOW,
  };
  const entry = { tenant: "acme", jobId: "job-1", requestId: "req-1" };
  const run = async ({ isLast = false, signal = new AbortController().signal } = {}) => {
    const result = await runAttempt(
      { id: "job-1", entry, number: 1, isLast, enqueuedAt: NOW, token: "token" },
      deps,
      signal,
    );
    return { kind: result.kind, outcome: outcomeOf(result).kind };
  };
  return { run, endings, released, removed, enqueued };
}

const crash = () => Promise.reject(new SegmentError(3, new EngineError("engine_failed", "exit 139")));

const unstored = () =>
  Promise.reject(new AppError("storage_unavailable", "the audio storage cannot be used"));

describe("runAttempt", () => {
  it("hands its job back, also from the last attempt, when the storage is to blame", async () => {
    const { run, endings, released } = setup({ produce: unstored, isStorageDown: true });

    expect(await run({ isLast: true })).toEqual({ kind: "handed_back", outcome: "hand_back" });

    expect(released).toMatchObject([{ to: "pending" }]);
    expect(endings).toEqual([]);
  });

  it("publishes what it produced", async () => {
    const { run, endings, removed } = setup();

    expect(await run()).toEqual({ kind: "completed", outcome: "done" });

    expect(endings).toMatchObject([{ to: "completed", fence: "mine" }]);
    expect(removed).toEqual([]);
  });

  it("fails a job that took too long for good, although attempts are left", async () => {
    const { run, endings, removed } = setup({ produce: () => Promise.reject(new JobTimeoutError("late")) });

    expect(await run()).toEqual({ kind: "failed", outcome: "give_up" });

    expect(endings).toMatchObject([{ to: "failed", error: { code: "timeout", segment: null } }]);
    expect(removed).toEqual(["acme/-1/job-1.mine.wav"]);
  });

  it("throws its audio away when another attempt was first", async () => {
    const { run, removed } = setup({ written: "stale" });

    expect(await run()).toEqual({ kind: "superseded", outcome: "done" });

    expect(removed).toEqual(["acme/-1/job-1.mine.wav"]);
  });

  it("removes what a lost attempt left behind", async () => {
    const { run, removed } = setup({ claim: { ...CLAIMED, formerFence: "theirs" } });

    await run();

    expect(removed).toEqual(["acme/-1/job-1.theirs.wav"]);
  });

  it("gives the job back for another try after a passing fault", async () => {
    const { run, endings, released } = setup({ produce: crash });

    expect(await run()).toEqual({ kind: "retried", outcome: "retry" });

    expect(released).toMatchObject([{ to: "pending", fence: "mine" }]);
    expect(endings).toEqual([]);
  });

  it("fails the job with the segment's number when the last attempt failed", async () => {
    const { run, endings } = setup({ produce: crash });

    expect(await run({ isLast: true })).toEqual({ kind: "failed", outcome: "give_up" });

    expect(endings).toMatchObject([{ to: "failed", error: { code: "engine_failed", segment: 3 } }]);
  });

  it("fails the job at once when its text is at fault", async () => {
    const cause = new EngineError("unspeakable_text", "silence");
    const { run } = setup({ produce: () => Promise.reject(new SegmentError(1, cause)) });

    expect(await run()).toEqual({ kind: "failed", outcome: "give_up" });
  });

  it("tells the client nothing private about a storage fault", async () => {
    const fault = new AppError("storage_unavailable", "the audio storage cannot be used", {
      cause: new Error("EACCES /srv/secret-path"),
    });
    const { run, endings } = setup({ produce: () => Promise.reject(fault) });

    await run({ isLast: true });

    const [error] = endings.map((ending) => (ending.to === "failed" ? JSON.stringify(ending.error) : null));
    expect(error).toContain("storage_unavailable");
    expect(error).not.toContain("secret-path");
  });

  it("uses no attempt up when it is interrupted", async () => {
    const { run, released } = setup({ produce: crash });

    expect(await run({ signal: AbortSignal.abort("shutdown") })).toEqual({
      kind: "handed_back",
      outcome: "hand_back",
    });

    expect(released).toMatchObject([{ to: "pending" }]);
  });

  it("does not hold its slot for a storage that does not let go of the audio", async () => {
    const { run, removed } = setup({ produce: crash, remove: () => new Promise(() => undefined) });

    expect(await run({ signal: AbortSignal.abort("shutdown") })).toMatchObject({ kind: "handed_back" });

    expect(removed).toEqual(["acme/-1/job-1.mine.wav"]);
  });

  it("enqueues the webhooks that an attempt may not have lived to enqueue", async () => {
    const job: Job = { ...JOB, status: "completed", webhook: { ...JOB.webhook, status: "pending" } };
    const { run, enqueued } = setup({ claim: { kind: "finished", job } });

    expect(await run()).toEqual({ kind: "nothing_to_do", outcome: "done" });

    expect(enqueued).toEqual([job]);
  });

  it("removes what an attempt left behind that died while its job was cancelled, and never what was published", async () => {
    const cancelled = setup({ claim: { kind: "finished", job: { ...JOB, status: "cancelled" } } });
    const completed = setup({ claim: { kind: "finished", job: { ...JOB, status: "completed" } } });

    await cancelled.run();
    await completed.run();

    expect(cancelled.removed).toEqual(["acme/-1/job-1.mine.wav"]);
    expect(completed.removed).toEqual([]);
  });

  it("leaves a job alone whose queue entry is another worker's by now", async () => {
    const { run, endings, released, removed } = setup({ claim: { kind: "not_held" } });

    expect(await run()).toEqual({ kind: "not_held", outcome: "let_go" });

    expect([endings, released, removed]).toEqual([[], [], []]);
  });

  it("has nothing to do for a job that is gone", async () => {
    expect(await setup({ claim: { kind: "gone" } }).run()).toEqual({
      kind: "nothing_to_do",
      outcome: "done",
    });
  });
});
