import { setImmediate as turn } from "node:timers/promises";
import { expect, it, jest } from "@jest/globals";
import { atEndOfTurn } from "./end-of-turn.ts";
import { gatherCalls } from "./gather-calls.ts";

function setup(answer = (question: number) => Promise.resolve(question * 10)) {
  const call = jest.fn((questions: readonly number[]) => Promise.all(questions.map(answer)));
  return { call, ask: gatherCalls(call) };
}

it("makes one call of what is asked in one turn of the event loop, and answers each its own", async () => {
  const { call, ask } = setup();

  expect(await Promise.all([ask(1), ask(2), ask(1)])).toEqual([10, 20, 10]);

  expect(call.mock.calls).toEqual([[[1, 2, 1]]]);
});

it("makes another call of what is asked in the next turn", async () => {
  const { call, ask } = setup();

  const first = ask(1);
  await turn();
  const second = ask(2);

  expect(await Promise.all([first, second])).toEqual([10, 20]);
  expect(call.mock.calls).toEqual([[[1]], [[2]]]);
});

it("asks no more than 32 at once", async () => {
  const { call, ask } = setup();
  const questions = Array.from({ length: 70 }, (_, i) => i);

  expect(await Promise.all(questions.map(ask))).toEqual(questions.map((question) => question * 10));

  expect(call.mock.calls.map(([asked]) => asked.length)).toEqual([32, 32, 6]);
});

it("lets each know when a call fails", async () => {
  const failed = new Error("gone");
  const { ask } = setup(() => Promise.reject(failed));

  const answers = await Promise.allSettled([ask(1), ask(2)]);

  expect(answers).toEqual([1, 2].map(() => ({ status: "rejected", reason: failed })));
});

it("calls before that turn is written out, also what a call leads to", async () => {
  const order: string[] = [];

  atEndOfTurn("writes", () => order.push("write"));
  atEndOfTurn("calls", () => {
    order.push("call");
    atEndOfTurn("calls", () => order.push("another"));
  });
  await turn();

  expect(order).toEqual(["call", "another", "write"]);
});
