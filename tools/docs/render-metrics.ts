import { markdownTable } from "./markdown-table.ts";
import { catalogueMetrics, type CataloguedMetric } from "./metrics-catalogue.ts";

const INTRODUCTION = `# Metrics

<!-- Written by \`npm run docs\` from the registries of the four processes. Change it where they are made. -->

Each process serves \`GET /metrics\` for Prometheus: the API on its own port, the others on their \`HEALTH_PORT\`. It needs no
key, and names no job, tenant or key: every label has few values.

All series carry \`process\`. \`deploy/monitoring\` has a configuration of Prometheus, rules, alerts and dashboards for them;
[runbook.md](runbook.md) says what to do when an alert fires.

A series that both \`api\` and \`housekeeper\` tell is about the whole deployment, read from Redis at most every five seconds.
Both tell it so that it is there while one of them is down. Take its \`max\` over processes, never its sum.
`;

const NODE = `
## Of Node.js

The usual ones of a Node.js process, from prom-client. \`nodejs_eventloop_lag_p99_seconds\` is the one to watch: how late the
process gets to things, over the time since the last scrape. Linux adds open files and virtual memory.

`;

/** prom-client reads these from /proc: the page must not depend on whose machine wrote it. */
const LINUX_ONLY = /^process_(heap_bytes|max_fds|open_fds|virtual_memory_bytes)$/;

const isHerald = ({ name }: CataloguedMetric): boolean => name.startsWith("herald_");

/** docs/metrics.md. */
export function renderMetrics(): string {
  const metrics = catalogueMetrics();
  const ours = metrics.filter(isHerald).map((metric) => [...cells(metric), metric.processes.join(", ")]);
  const nodes = metrics.filter((metric) => !isHerald(metric) && !LINUX_ONLY.test(metric.name)).map(cells);
  const head = ["Name", "Type", "Labels", "What it says"];
  return [
    INTRODUCTION,
    "\n",
    markdownTable([...head, "Told by"], ours),
    NODE,
    markdownTable(head, nodes),
  ].join("");
}

function cells({ name, type, labels, help }: CataloguedMetric): readonly string[] {
  return [`\`${name}\``, type, labels.map((label) => `\`${label}\``).join(", "), help];
}
