import { cpus } from "node:os";

export interface BenchResult {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it is compared with, measured in the same run; null when it stands alone. */
  readonly baseline: number | null;
  readonly ratio: number | null;
}

export interface BenchReport {
  readonly bench: string;
  readonly redis: string;
  readonly results: readonly BenchResult[];
}

export function compared(
  name: string,
  unit: string,
  figures: { value: number; baseline: number },
): BenchResult {
  const { value, baseline } = figures;
  return { name, value: round(value), unit, baseline: round(baseline), ratio: round(value / baseline) };
}

export function alone(name: string, unit: string, value: number): BenchResult {
  return { name, value: round(value), unit, baseline: null, ratio: null };
}

/** A table for people and, as the last line, one JSON object for machines. */
export function printReport({ bench, redis, results }: BenchReport): void {
  console.table(Object.fromEntries(results.map(({ name, ...figures }) => [name, figures])));
  console.log(JSON.stringify({ bench, node: process.version, redis, cpus: cpus().length, results }));
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
