import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import { limitRun, workOff } from "./work-off.ts";

/** A list of so many, from which what is handled goes. */
function listOf(length: number) {
  const left = Array.from({ length }, (_, i) => i);
  return {
    left,
    next: ({ skip, limit }: { skip: number; limit: number }) =>
      Promise.resolve(left.slice(skip, skip + limit)),
    take: async (item: number): Promise<boolean> => {
      await turn();
      left.splice(left.indexOf(item), 1);
      return true;
    },
  };
}

const never = () => false;

describe("working off a list", () => {
  it("goes on until there is no more, so many at once", async () => {
    const { left, next, take } = listOf(1200);
    let [now, most] = [0, 0];
    const handle = async (item: number): Promise<boolean> => {
      most = Math.max(most, ++now);
      return take(item).finally(() => now--);
    };

    await workOff({ next, handle, isOver: never, atOnce: 8 });

    expect(left).toEqual([]);
    expect(most).toBe(8);
  });

  it("ends when the run is over, in the middle of a page too", async () => {
    const { left, next, take } = listOf(1200);

    await workOff({ next, handle: take, isOver: (handled) => handled >= 700, atOnce: 8 });

    expect(left).toHaveLength(500);
  });

  it("does the others when some fail, and meets none of those twice", async () => {
    const { left, next, take } = listOf(1200);
    const met: number[] = [];
    const handle = (item: number): Promise<boolean> => {
      met.push(item);
      return item % 10 === 0 ? Promise.resolve(false) : take(item);
    };

    await workOff({ next, handle, isOver: never, atOnce: 8 });

    expect(left).toHaveLength(120);
    expect(met).toHaveLength(1200);
  });

  it("gives up after a batch of failures", async () => {
    const { next } = listOf(5000);
    let tries = 0;

    await workOff({ next, handle: () => Promise.resolve(++tries < 0), isOver: never, atOnce: 8 });

    expect(tries).toBe(500);
  });
});

describe("the limit of a run", () => {
  it("is a number, a time, and the end of the process", () => {
    const clock = { ms: 0 };
    const stopping = new AbortController();
    const start = () => limitRun({ signal: stopping.signal, now: () => clock.ms });
    const isOver = start();

    expect([isOver(0), isOver(49_999), isOver(50_000)]).toEqual([false, false, true]);
    clock.ms = 25_000;
    expect(isOver(0)).toBe(true);
    expect(start()(0)).toBe(false);
    stopping.abort();
    expect(start()(0)).toBe(true);
  });
});
