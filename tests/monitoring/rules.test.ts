import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { catalogueMetrics } from "../../tools/docs/metrics-catalogue.ts";
import { MONITORING, namesIn, readExpectations, readPanelQueries, readRules } from "../support/monitoring.ts";
import { promtool, skipsPrometheus } from "../support/prometheus.ts";

const rules = await readRules();
const panels = await readPanelQueries();
const alerts = rules.filter(({ alert }) => alert !== undefined);
const alertNames = alerts.map(({ alert = "" }) => alert).sort();

describe("the runbook", () => {
  it("has an entry for each alert, and for nothing else", async () => {
    const page = await readFile(resolve("docs/runbook.md"), "utf8");

    expect([...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading).sort()).toEqual(alertNames);
  });

  it.each(alerts)("says of $alert what it means, what to look at and what to do", async ({ alert = "" }) => {
    const page = await readFile(resolve("docs/runbook.md"), "utf8");
    const [, entry = ""] = page.split(`## ${alert}\n`);

    const parts = [...(entry.split("\n## ")[0] ?? "").matchAll(/^\*\*(.+?)\*\*/gm)];

    expect(parts.map(([, part]) => part)).toEqual(["Means.", "Look at.", "Do."]);
  });

  it.each(alerts)("is where $alert leads", ({ alert = "", annotations }) => {
    expect(annotations?.["runbook_url"]).toBe(`docs/runbook.md#${alert.toLowerCase()}`);
  });
});

describe("names of series", () => {
  const known = new Set([
    "up", // Prometheus's own.
    ...catalogueMetrics().flatMap(({ name, type }) =>
      type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
    ...rules.flatMap(({ record }) => record ?? []),
  ]);

  it.each(rules)("in the rule $alert$record are told by a process, or recorded", ({ expr }) => {
    expect(namesIn(expr).filter((name) => !known.has(name))).toEqual([]);
  });

  it.each(panels)("in $dashboard: $panel are told by a process, or recorded", ({ expr }) => {
    expect(namesIn(expr)).not.toEqual([]);
    expect(namesIn(expr).filter((name) => !known.has(name))).toEqual([]);
  });
});

describe("the tests of the alerts", () => {
  it("see each alert fire under a fault", async () => {
    const expectations = await readExpectations("faults.yml");
    const firing = expectations.filter(({ exp_alerts = [] }) => exp_alerts.length > 0);

    expect(firing.map(({ alertname }) => alertname).sort()).toEqual(alertNames);
  });

  it("see each alert be silent when all is well", async () => {
    const expectations = await readExpectations("clean-run.yml");

    expect([...new Set(expectations.map(({ alertname }) => alertname))].sort()).toEqual(alertNames);
    expect(expectations.filter(({ exp_alerts = [] }) => exp_alerts.length > 0)).toEqual([]);
  });
});

const describeWithPromtool = (await skipsPrometheus()) ? describe.skip : describe;

describeWithPromtool("promtool", () => {
  const file = (name: string) => join(MONITORING, name);

  it("finds the configuration and the rules sound", async () => {
    const found = await promtool("check", "config", file("prometheus.yml"));

    expect(found).toContain(`${alerts.length} rules found`);
  });

  it.each(["faults.yml", "clean-run.yml"])("sees %s come out as expected", async (name) => {
    expect(await promtool("test", "rules", file(`rules-tests/${name}`))).toContain("SUCCESS");
  });
});
