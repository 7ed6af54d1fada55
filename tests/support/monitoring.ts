import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parse } from "yaml";

/** What the repository ships for Prometheus and Grafana. */
export const MONITORING = resolve("deploy/monitoring");

export interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export async function readRules(): Promise<readonly Rule[]> {
  const files = await filesIn(join(MONITORING, "rules"));
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
  return texts.flatMap((text) => (parse(text) as RuleFile).groups.flatMap(({ rules }) => rules));
}

interface RuleFile {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
}

export interface PanelQuery {
  readonly dashboard: string;
  readonly panel: string;
  readonly expr: string;
}

export async function readPanelQueries(): Promise<readonly PanelQuery[]> {
  const files = await filesIn(join(MONITORING, "grafana/dashboards"));
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
  return texts.flatMap((text) => {
    const { title: dashboard, panels } = JSON.parse(text) as Dashboard;
    return panels.flatMap(({ title: panel, targets = [] }) =>
      targets.map(({ expr }) => ({ dashboard, panel, expr })),
    );
  });
}

interface Dashboard {
  readonly title: string;
  readonly panels: readonly {
    readonly title: string;
    readonly targets?: readonly { readonly expr: string }[];
  }[];
}

/** How `promtool test rules` is told what to expect: of an alert, with nothing that it should fire. */
export interface AlertExpectation {
  readonly alertname: string;
  readonly exp_alerts?: readonly unknown[];
}

export async function readExpectations(file: string): Promise<readonly AlertExpectation[]> {
  const text = await readFile(join(MONITORING, "rules-tests", file), "utf8");
  const { tests } = parse(text) as {
    readonly tests: readonly { readonly alert_rule_test: readonly AlertExpectation[] }[];
  };
  return tests.flatMap((test) => test.alert_rule_test);
}

async function filesIn(directory: string): Promise<readonly string[]> {
  return (await readdir(directory)).sort().map((name) => join(directory, name));
}

/** Names of the series that a query asks for. Words in quotes and durations are not names. */
export function namesIn(expr: string): readonly string[] {
  const words = expr.replaceAll(/"[^"]*"/g, "").match(/[a-zA-Z_:][\w:]*/g) ?? [];
  return words.filter((word) => word.includes(":") || /^((herald|nodejs|process)_.+|up)$/.test(word));
}
