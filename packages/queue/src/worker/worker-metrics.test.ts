import { expect, it } from "@jest/globals";
import { Registry } from "prom-client";
import { createWorkerMetrics } from "./worker-metrics.ts";

function setup() {
  const registry = new Registry();
  const metrics = createWorkerMetrics({ registry, queue: "synthesis", slots: 4 });
  const tells = async (line: string) => (await registry.metrics()).split("\n").includes(line);
  return { metrics, tells };
}

it("counts a slot as busy while its attempt runs, and as free however that ends", async () => {
  const { metrics, tells } = setup();
  let fail!: (error: Error) => void;
  const running = metrics.occupying(() => new Promise<void>((_, reject) => (fail = reject)))();

  expect(await tells('herald_worker_slots_busy{queue="synthesis"} 1')).toBe(true);
  fail(new Error("crashed"));
  await expect(running).rejects.toThrow("crashed");

  expect(await tells('herald_worker_slots_busy{queue="synthesis"} 0')).toBe(true);
  expect(await tells('herald_worker_slots{queue="synthesis"} 4')).toBe(true);
});

it.each(["lock_lost", "stalled"] as const)("is there before the first attempt is %s", async (reason) => {
  const { metrics, tells } = setup();
  const line = `herald_attempts_lost_total{queue="synthesis",reason="${reason}"}`;
  expect(await tells(`${line} 0`)).toBe(true);

  metrics.onLoss(reason);

  expect(await tells(`${line} 1`)).toBe(true);
});
