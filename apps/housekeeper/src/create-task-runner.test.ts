import { expect, it } from "@jest/globals";
import { createTaskRunner } from "./create-task-runner.ts";

function setup(reconcile: () => Promise<object>) {
  const runs: unknown[] = [];
  const lines: unknown[] = [];
  const untouched = () => Promise.reject(new Error("not this one"));
  const run = createTaskRunner({
    tasks: { "expire-audio": untouched, "purge-records": untouched, reconcile },
    onRun: (task, outcome) => runs.push([task, outcome]),
    logger: {
      info: (event, fields) => lines.push([event, fields]),
      error: (event, fields) => lines.push([event, fields]),
    },
  });
  const attempt = {
    id: "repeat:reconcile",
    entry: { task: "reconcile" } as const,
    number: 1,
    isLast: true,
    enqueuedAt: new Date("2026-01-02T03:04:05Z"),
    token: "token",
  };
  return { run: () => run(attempt, new AbortController().signal), runs, lines };
}

it("runs the task that its entry names, and tells what that did", async () => {
  const { run, runs, lines } = setup(() => Promise.resolve({ repaired: 3 }));

  expect(await run()).toEqual({ kind: "done" });

  expect(runs).toEqual([["reconcile", "finished"]]);
  expect(lines).toEqual([
    ["housekeeping.finished", { task: "reconcile", duration_ms: expect.any(Number), repaired: 3 }],
  ]);
});

it("gives a run up that breaks off, and says why", async () => {
  const error = new Error("storage is away");
  const { run, runs, lines } = setup(() => Promise.reject(error));

  expect(await run()).toEqual({ kind: "give_up", reason: "storage is away" });

  expect(runs).toEqual([["reconcile", "broke_off"]]);
  expect(lines).toEqual([
    ["housekeeping.broke_off", { task: "reconcile", duration_ms: expect.any(Number), error }],
  ]);
});
