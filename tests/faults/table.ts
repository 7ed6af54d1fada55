import type { Findings } from "./audit.ts";
import { quantile } from "./recovery.ts";

export interface Row extends Findings {
  readonly fault: string;
  readonly strikes: number;
}

const HEADS = [
  "fault",
  "strikes",
  "jobs",
  "failed",
  "lost",
  "duplicates",
  "sent again",
  "recovery p50",
  "p99",
];

/** In Markdown, so that it can be pasted into the docs. */
export function renderTable(rows: readonly Row[]): string {
  const cells = [HEADS, ...rows.map(cellsOf), cellsOf(sumOf(rows))];
  const widths = HEADS.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) => line(row.map((cell, i) => pad(cell, widths[i] ?? 0, i))));
  const rule = line(widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)));
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

function cellsOf(row: Row): readonly string[] {
  const { fault, strikes, jobs, failed, lost, duplicates, sentAgain, recoveriesMs } = row;
  const counts = [strikes, jobs, failed, lost, duplicates, sentAgain].map(String);
  return [fault, ...counts, secondsOf(quantile(recoveriesMs, 0.5)), secondsOf(quantile(recoveriesMs, 0.99))];
}

function secondsOf(ms: number | null): string {
  return ms === null ? "-" : `${(ms / 1000).toFixed(1)} s`;
}

function sumOf(rows: readonly Row[]): Row {
  const sum = (of: (row: Row) => number): number => rows.reduce((total, row) => total + of(row), 0);
  return {
    fault: "all",
    strikes: sum(({ strikes }) => strikes),
    jobs: sum(({ jobs }) => jobs),
    failed: sum(({ failed }) => failed),
    lost: sum(({ lost }) => lost),
    duplicates: sum(({ duplicates }) => duplicates),
    sentAgain: sum(({ sentAgain }) => sentAgain),
    recoveriesMs: rows.flatMap(({ recoveriesMs }) => recoveriesMs),
    broken: [],
  };
}
