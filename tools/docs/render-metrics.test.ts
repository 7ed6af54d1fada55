import { readFile } from "node:fs/promises";
import { expect, it } from "@jest/globals";
import { catalogueMetrics } from "./metrics-catalogue.ts";
import { renderMetrics } from "./render-metrics.ts";

it("is what docs/metrics.md says; `npm run docs` writes it", async () => {
  const page = await readFile(new URL("../../docs/metrics.md", import.meta.url), "utf8");

  expect(page).toBe(renderMetrics());
});

it("tells each process's own series, and of the deployment from two", () => {
  const processesOf = (name: string) => catalogueMetrics().find((metric) => metric.name === name)?.processes;

  expect(processesOf("herald_queue_jobs")).toEqual(["api", "housekeeper"]);
  expect(processesOf("herald_engine_memory_bytes")).toEqual(["synthesis-worker"]);
  expect(processesOf("herald_worker_slots")).toEqual(["synthesis-worker", "webhook-worker", "housekeeper"]);
  expect(processesOf("nodejs_eventloop_lag_p99_seconds")).toHaveLength(4);
});

const IDENTITIES = /job|tenant|key|event|request|url|voice/;

it.each(catalogueMetrics())("$name has no label that names a job, a tenant or a key", ({ labels }) => {
  expect(labels.filter((label) => IDENTITIES.test(label))).toEqual([]);
});

it.each(catalogueMetrics().filter(({ name }) => name.startsWith("herald_")))(
  "$name follows the naming of Prometheus, and is explained by a sentence",
  ({ name, type, help }) => {
    expect(name.endsWith("_total")).toBe(type === "counter");
    expect(help).toMatch(/^.+\.$/);
  },
);
