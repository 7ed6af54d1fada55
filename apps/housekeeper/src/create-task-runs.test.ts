import { expect, it } from "@jest/globals";
import { createTaskRuns } from "./create-task-runs.ts";

function setup(reconcile: () => Promise<object>) {
  const runs: unknown[] = [];
  const lines: unknown[] = [];
  const untouched = () => Promise.reject(new Error("not this one"));
  const run = createTaskRuns({
    tasks: { "expire-audio": untouched, "purge-records": untouched, reconcile },
    onRun: (task, outcome) => runs.push([task, outcome]),
    logger: {
      info: (event, fields) => lines.push([event, fields]),
      error: (event, fields) => lines.push([event, fields]),
    },
  });
  return { run: () => run("reconcile", new AbortController().signal), runs, lines };
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

it("runs a task once at a time, and calls what came meanwhile done", async () => {
  let end!: (report: object) => void;
  const ended = new Promise<object>((resolve) => (end = resolve));
  const { run, runs } = setup(() => ended);

  const first = run();
  expect(await run()).toEqual({ kind: "done" });
  expect(runs).toEqual([]);
  end({});
  await first;

  expect(runs).toEqual([["reconcile", "finished"]]);
});
