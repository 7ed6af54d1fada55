import { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "@jest/globals";
import { storeUnlessAborted } from "./store-unless-aborted.ts";

function setup() {
  const audio = Readable.from([Buffer.from("audio")]);
  const stop = new AbortController();
  const undone: string[] = [];
  let finish!: (value: string) => void;
  let fail!: (error: Error) => void;
  const store = () =>
    new Promise<string>((resolve, reject) => {
      [finish, fail] = [resolve, reject];
    });
  const undo = () => {
    undone.push("undone");
    return Promise.resolve();
  };
  const stored = storeUnlessAborted({ audio, signal: stop.signal, store, undo });
  return { audio, stop, undone, stored, finish, fail };
}

it("keeps what was stored before it was to be given up", async () => {
  const { stop, stored, undone, finish } = setup();

  finish("stored");
  expect(await stored).toBe("stored");

  stop.abort(new Error("cancelled"));
  await nextTurn();
  expect(undone).toEqual([]);
});

it("waits for no storage once it is to be given up, and removes what is stored all the same", async () => {
  const { audio, stop, stored, undone, finish } = setup();

  stop.abort(new Error("cancelled"));
  await expect(stored).rejects.toThrow("cancelled");
  await nextTurn();
  expect([audio.destroyed, undone]).toEqual([true, []]);

  finish("late");
  await nextTurn();
  expect(undone).toEqual(["undone"]);
});

it("removes what a request may have stored that failed when it was given up", async () => {
  const { stop, stored, undone, fail } = setup();

  stop.abort(new Error("cancelled"));
  await expect(stored).rejects.toThrow("cancelled");
  fail(new Error("socket closed"));
  await nextTurn();

  expect(undone).toEqual(["undone"]);
});

it("begins nothing that was given up before", async () => {
  const audio = Readable.from([Buffer.from("audio")]);
  let begun = false;
  const store = () => {
    begun = true;
    return Promise.resolve();
  };

  const signal = AbortSignal.abort(new Error("too late"));
  const stored = storeUnlessAborted({ audio, signal, store, undo: () => Promise.resolve() });

  await expect(stored).rejects.toThrow("too late");
  expect([begun, audio.destroyed]).toEqual([false, true]);
});
