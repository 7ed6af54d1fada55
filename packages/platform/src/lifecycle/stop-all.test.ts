import { expect, it } from "@jest/globals";
import { stopAll } from "./stop-all.ts";
import type { Stoppable } from "@herald/shared/stoppable";

function setup() {
  const log: string[] = [];
  const part = (name: string, error?: Error): Stoppable => ({
    async stop() {
      log.push(`${name} stops`);
      await new Promise(setImmediate);
      if (error) throw error;
      log.push(`${name} stopped`);
    },
  });
  return { log, part };
}

it("stops one part after another, the last started first", async () => {
  const { log, part } = setup();

  await stopAll([part("redis"), part("worker")]);

  expect(log).toEqual(["worker stops", "worker stopped", "redis stops", "redis stopped"]);
});

it("stops the other parts when one cannot stop, and then throws its error", async () => {
  const { log, part } = setup();
  const failure = new Error("stuck");

  await expect(stopAll([part("redis"), part("worker", failure), part("server")])).rejects.toBe(failure);

  expect(log).toEqual(["server stops", "server stopped", "worker stops", "redis stops", "redis stopped"]);
});

it("throws all errors together when several parts cannot stop", async () => {
  const { part } = setup();
  const errors = [new Error("first"), new Error("second")];

  await expect(stopAll(errors.map((error) => part("part", error)))).rejects.toMatchObject({
    errors: errors.toReversed(),
  });
});
