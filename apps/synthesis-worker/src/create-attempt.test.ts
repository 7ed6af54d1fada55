import { expect, it } from "@jest/globals";
import type { Job } from "@herald/shared/jobs/job";
import { createAttempt } from "./create-attempt.ts";
import type { AttemptResult } from "./run-attempt.ts";

const JOB = {} as Job;
const COMPLETED: AttemptResult = { kind: "completed", job: JOB, audioSeconds: 2 };
const ENTRY = { tenant: "acme", jobId: "job-1", requestId: "req-1" };
const ATTEMPT = {
  id: "job-1",
  entry: ENTRY,
  number: 1,
  isLast: false,
  enqueuedAt: new Date("2026-01-02T03:04:05Z"),
  token: "token",
};

function setup({ isOpen = false, result = COMPLETED } = {}) {
  const calls: string[] = [];
  const attempt = createAttempt({
    breaker: { isOpen: () => isOpen, absolve: () => calls.push("absolved") },
    run: () => {
      calls.push("run");
      return Promise.resolve(result);
    },
    observe: (observed) => calls.push(`observed ${observed.result.kind}`),
  });
  return { attempt: () => attempt(ATTEMPT, new AbortController().signal), calls };
}

it("hands back, untried and untold, what it was given at the moment that the breaker opened", async () => {
  const { attempt, calls } = setup({ isOpen: true });

  expect(await attempt()).toEqual({ kind: "hand_back" });

  expect(calls).toEqual([]);
});

it("tells what came of an attempt, and absolves the storage once audio was stored", async () => {
  const { attempt, calls } = setup();

  expect(await attempt()).toEqual({ kind: "done" });

  expect(calls).toEqual(["run", "observed completed", "absolved"]);
});

it.each<AttemptResult>([
  { kind: "nothing_to_do" },
  { kind: "not_held" },
  { kind: "superseded", job: JOB },
  { kind: "handed_back", job: JOB },
])("absolves nothing by an attempt that was $kind", async (result) => {
  const { attempt, calls } = setup({ result });

  await attempt();

  expect(calls).toEqual(["run", `observed ${result.kind}`]);
});
